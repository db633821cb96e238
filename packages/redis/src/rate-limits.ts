import {randomUUID} from 'node:crypto';
import {ChatError} from '@madang/protocol/errors';
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';
import {createLocalBuckets, createLocalGuesses} from './local-limits.ts';
import {burstOf, limitOf, microsPerPoint} from './rule.ts';
import type {Rule} from './rule.ts';
import {createTokenLeases} from './token-leases.ts';

export type {Per, Rule} from './rule.ts';

export type RateLimits = {
  /**
   * Takes `cost` points of the key, or throws `rate_limited` with the time to wait and the limit's name. The limit applies
   * to the whole cluster, unless the rule is `perNode`. While Redis is down, each node allows its share. A cost above the
   * burst takes the whole burst.
   */
  take(rule: Rule, key: string, cost?: number): Promise<void>;
  /** Does the same synchronously if Redis need not be asked. Returns false if it must be; then call `take`. */
  takeHere(rule: Rule, key: string, cost?: number): boolean;
  /**
   * Limits guessing. It reserves one of the key's points and runs the attempt. If the attempt throws `wrong_password`, the
   * point stays spent for `perMs` (an exact sliding window). After any other outcome it is given back. The reservation
   * limits guesses made at the same time. Without a point left it throws `rate_limited` and does not run the attempt.
   */
  guard<T>(rule: Rule, key: string, attempt: () => Promise<T>): Promise<T>;
  /** Returns how many of the key's points are spent or reserved, as `guard` counts them. */
  spent(rule: Rule, key: string): Promise<number>;
};

export type RateLimitsOptions = {
  clients: RedisClients;
  nodeId: string;
  log: Logger;
  /** The number of live nodes. A limit is divided by it while Redis is away. */
  nodes: () => number;
};

/** How long an attempt may take before its reservation is free again. A password check waits its turn and then hashes. */
const undecidedMs = 10_000;

/**
 * How long Redis is not asked after a failed call. Otherwise a hanging Redis would delay every take by a command's
 * time-out.
 */
const aloneMs = 1_000;

/** Creates the limits of one node. */
export function createRateLimits({clients, nodeId, log, nodes}: RateLimitsOptions): RateLimits {
  const {commands, keys} = clients;
  const leases = createTokenLeases({clients, nodeId});
  const buckets = createLocalBuckets(nodes);
  const ownBuckets = createLocalBuckets(() => 1);
  const guesses = createLocalGuesses(nodes);
  let aloneUntil = 0;

  async function takeShared(rule: Rule, key: string, cost: number): Promise<number> {
    if (rule.leased) return leases.take(rule, key, cost);
    return commands.rateTake(keys.rateLimit(rule.name, key), microsPerPoint(rule), burstOf(rule), cost);
  }

  function isAlone(): boolean {
    return commands.status !== 'ready' || performance.now() < aloneUntil;
  }

  /** Asks Redis, or this node's memory when Redis does not answer. */
  async function ask<T>(shared: () => Promise<T>, local: () => T): Promise<T> {
    if (isAlone()) return local();
    try {
      return await shared();
    } catch (error) {
      aloneUntil = performance.now() + aloneMs;
      log.debug({err: error}, 'rate limited by this node alone');
      return local();
    }
  }

  async function reserve(rule: Rule, key: string, guess: string): Promise<void> {
    const waitMs = await ask(
      () => commands.rateReserve(keys.rateLimit(rule.name, key), rule.points, guess, undecidedMs),
      () => guesses.reserve(rule, key, guess, undecidedMs),
    );
    refuse(rule, waitMs);
  }

  async function decide(rule: Rule, key: string, guess: string, isWrong: boolean): Promise<void> {
    const shared = keys.rateLimit(rule.name, key);
    // In both places, because Redis may have gone or come back since the reservation.
    if (isWrong) guesses.penalize(rule, key, guess);
    else guesses.forgive(rule, key, guess);
    await ask<unknown>(
      () => (isWrong ? commands.ratePenalize(shared, guess, rule.perMs) : commands.zrem(shared, guess)),
      () => undefined,
    );
  }

  return {
    async take(rule, key, cost = 1) {
      const affordable = Math.min(cost, burstOf(rule));
      if (rule.perNode) return refuse(rule, ownBuckets.take(rule, key, affordable));
      const waitMs = await ask(
        () => takeShared(rule, key, affordable),
        () => buckets.take(rule, key, affordable),
      );
      refuse(rule, waitMs);
    },

    takeHere(rule, key, cost = 1) {
      const affordable = Math.min(cost, burstOf(rule));
      if (rule.leased) return !isAlone() && leases.takeHeld(rule, key, affordable);
      if (!rule.perNode) return false;
      refuse(rule, ownBuckets.take(rule, key, affordable));
      return true;
    },

    spent: (rule, key) =>
      // If the clocks differ, a place that became free is counted a little longer, which does no harm.
      ask(
        () => commands.zcount(keys.rateLimit(rule.name, key), Date.now(), '+inf'),
        () => guesses.spent(rule, key),
      ),

    async guard(rule, key, attempt) {
      const guess = randomUUID();
      await reserve(rule, key, guess);
      let isWrong = false;
      try {
        return await attempt();
      } catch (error) {
        isWrong = error instanceof ChatError && error.code === 'wrong_password';
        throw error;
      } finally {
        await decide(rule, key, guess, isWrong);
      }
    },
  };
}

function refuse(rule: Rule, waitMs: number): void {
  if (waitMs > 0)
    throw new ChatError('rate_limited', {retryAfterMs: Math.ceil(waitMs), details: limitOf(rule)});
}
