import {keepNewest} from '@madang/runtime/keep-newest';
import {burstOf, microsPerPoint} from './rule.ts';
import type {Rule} from './rule.ts';

/*
 * What a node allows by itself while Redis is down: its share of the limit, on its own clock. Nothing is carried over
 * when Redis returns, so an outage lets through a little more than the limit allows; it never blocks everyone.
 */

/** Beyond this many keys the oldest is dropped, which bounds memory through an outage of any length. */
const mostKeys = 100_000;

export type LocalBuckets = {
  /** Returns 0 when taken, else the ms to wait. */
  take(rule: Rule, key: string, cost: number): number;
};

export function createLocalBuckets(nodes: () => number): LocalBuckets {
  const fullAt = new Map<string, number>();
  return {
    take(rule, key, cost) {
      const now = performance.now();
      const share = Math.max(1, nodes());
      const msPerPoint = (microsPerPoint(rule) / 1_000) * share;
      const burst = Math.max(1, burstOf(rule) / share);
      const bucket = `${rule.name}:${key}`;
      const full = Math.max(fullAt.get(bucket) ?? 0, now) + Math.min(cost, burst) * msPerPoint;
      const waitMs = full - now - burst * msPerPoint;
      // A millionth of a millisecond is a rounding error, not a debt.
      if (waitMs > 1e-6) return waitMs;
      keepNewest(fullAt, bucket, full, mostKeys);
      return 0;
    },
  };
}

export type LocalGuesses = {
  /** Returns 0 when reserved, else the ms to wait. */
  reserve(rule: Rule, key: string, guess: string, undecidedMs: number): number;
  spent(rule: Rule, key: string): number;
  penalize(rule: Rule, key: string, guess: string): void;
  forgive(rule: Rule, key: string, guess: string): void;
};

export function createLocalGuesses(nodes: () => number): LocalGuesses {
  /** Guess -> when its place is free again. */
  const byKey = new Map<string, Map<string, number>>();

  function guessesOf({name}: Rule, key: string): Map<string, number> {
    const id = `${name}:${key}`;
    const guesses = byKey.get(id) ?? new Map<string, number>();
    keepNewest(byKey, id, guesses, mostKeys);
    return guesses;
  }

  return {
    reserve(rule, key, guess, undecidedMs) {
      const now = performance.now();
      const guesses = guessesOf(rule, key);
      for (const [id, freeAt] of guesses) if (freeAt <= now) guesses.delete(id);
      const allowed = Math.max(1, Math.floor(rule.points / Math.max(1, nodes())));
      if (guesses.size >= allowed) return Math.min(...guesses.values()) - now;
      guesses.set(guess, now + undecidedMs);
      return 0;
    },
    spent({name}, key) {
      const now = performance.now();
      return [...(byKey.get(`${name}:${key}`)?.values() ?? [])].filter((freeAt) => freeAt > now).length;
    },
    penalize: (rule, key, guess) => guessesOf(rule, key).set(guess, performance.now() + rule.perMs),
    forgive(rule, key, guess) {
      const id = `${rule.name}:${key}`;
      const guesses = byKey.get(id);
      guesses?.delete(guess);
      if (guesses?.size === 0) byKey.delete(id);
    },
  };
}
