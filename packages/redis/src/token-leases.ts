import type {RedisClients} from './clients.ts';
import {burstOf, microsPerPoint} from './rule.ts';
import type {Rule} from './rule.ts';

/*
 * Tokens that this node may give out by itself. rate-lease.lua keeps the leased tokens and those in the shared bucket
 * together within the burst, so the whole cluster never admits more than one bucket would.
 */

/** A longer lease saves calls for slow senders; a shorter one returns unused tokens to other nodes sooner. */
const leaseMs = 5_000;

/** The part of the burst that is taken at a time. */
const leaseShare = 0.1;

type Lease = {
  held: number;
  /**
   * On this process's monotonic clock, counted from before Redis was asked, so the lease ends here before it ends there.
   */
  until: number;
  /** Until then a cost of `deniedCost` or more is refused without asking, so a flood costs no Redis calls. */
  deniedUntil: number;
  deniedCost: number;
  asking: Promise<void> | undefined;
};

export type TokenLeases = {
  /** Takes tokens that this node holds. Returns false if it holds too few; then `take` asks. */
  takeHeld(rule: Rule, key: string, cost: number): boolean;
  /** Returns 0 when taken, else the ms to wait. Rejects when Redis does not answer. */
  take(rule: Rule, key: string, cost: number): Promise<number>;
};

export function createTokenLeases({clients, nodeId}: {clients: RedisClients; nodeId: string}): TokenLeases {
  /** By rule and by key: joining both into one string would cost each send more than everything else here. */
  const leases = new Map<string, Map<string, Lease>>();
  let sweptAt = performance.now();

  function leaseOf({name}: Rule, key: string): Lease {
    forgetEnded();
    let ofRule = leases.get(name);
    if (!ofRule) leases.set(name, (ofRule = new Map()));
    let lease = ofRule.get(key);
    if (!lease) {
      lease = {held: 0, until: 0, deniedUntil: 0, deniedCost: 0, asking: undefined};
      ofRule.set(key, lease);
    }
    return lease;
  }

  /** Keeps only the keys that were active in the last two leases, which bounds the map. */
  function forgetEnded() {
    const now = performance.now();
    if (now - sweptAt < leaseMs) return;
    sweptAt = now;
    for (const ofRule of leases.values()) {
      for (const [key, lease] of ofRule) {
        if (lease.until < now && lease.deniedUntil < now && !lease.asking) ofRule.delete(key);
      }
    }
  }

  function takeFrom(lease: Lease, cost: number): boolean {
    if (lease.asking || lease.until <= performance.now() || lease.held < cost) return false;
    lease.held -= cost;
    return true;
  }

  async function renew(lease: Lease, rule: Rule, key: string, cost: number): Promise<void> {
    const askedAt = performance.now();
    const burst = burstOf(rule);
    // The request returns the tokens that this node holds, and the answer includes them.
    const held = lease.until > askedAt ? lease.held : 0;
    lease.held = 0;
    const wanted = Math.max(cost, Math.floor(burst * leaseShare));
    const [holds, waitMs] = await clients.commands.rateLease(
      clients.keys.rateLimit(rule.name, key),
      microsPerPoint(rule),
      burst,
      cost,
      wanted,
      nodeId,
      held,
      leaseMs * 1_000,
    );
    lease.held = holds;
    lease.until = askedAt + leaseMs;
    if (waitMs > 0) {
      lease.deniedUntil = performance.now() + waitMs;
      lease.deniedCost = cost;
    }
  }

  return {
    takeHeld: (rule, key, cost) => takeFrom(leaseOf(rule, key), cost),

    async take(rule, key, cost) {
      const lease = leaseOf(rule, key);
      for (;;) {
        if (takeFrom(lease, cost)) return 0;
        const now = performance.now();
        if (lease.deniedUntil > now && cost >= lease.deniedCost) return lease.deniedUntil - now;
        // One request at a time per key. Each waiter checks again afterwards, because others may have used up the tokens.
        lease.asking ??= renew(lease, rule, key, cost).finally(() => (lease.asking = undefined));
        await lease.asking;
      }
    },
  };
}
