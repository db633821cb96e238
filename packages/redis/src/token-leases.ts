import type {RedisClients} from './clients.ts';
import {burstOf, microsPerPoint} from './rule.ts';
import type {Rule} from './rule.ts';

/*
 * Tokens that this node may give out by itself. rate-lease.lua keeps the leased tokens and those in the shared bucket
 * together within the burst, so the whole cluster never admits more than one bucket would.
 */

/** Longer saves calls for slow senders; shorter returns unused tokens to other nodes sooner. */
const leaseMs = 5_000;

/** Part of the burst taken at a time. */
const leaseShare = 0.1;

type Lease = {
  held: number;
  /** On this process's monotonic clock, counted from before Redis was asked, so it ends here before it ends there. */
  until: number;
  /** Until then a cost of `deniedCost` or more is refused without asking: a flood costs no Redis calls. */
  deniedUntil: number;
  deniedCost: number;
  asking: Promise<void> | undefined;
};

export type TokenLeases = {
  /** Returns 0 when taken, else the ms to wait. Rejects when Redis does not answer. */
  take(rule: Rule, key: string, cost: number): Promise<number>;
};

export function createTokenLeases({clients, nodeId}: {clients: RedisClients; nodeId: string}): TokenLeases {
  const leases = new Map<string, Lease>();
  let sweptAt = performance.now();

  function leaseOf(bucket: string): Lease {
    forgetEnded();
    let lease = leases.get(bucket);
    if (!lease) {
      lease = {held: 0, until: 0, deniedUntil: 0, deniedCost: 0, asking: undefined};
      leases.set(bucket, lease);
    }
    return lease;
  }

  /** Bounds the map by the keys that were active in the last two leases. */
  function forgetEnded() {
    const now = performance.now();
    if (now - sweptAt < leaseMs) return;
    sweptAt = now;
    for (const [bucket, lease] of leases) {
      if (lease.until < now && lease.deniedUntil < now && !lease.asking) leases.delete(bucket);
    }
  }

  async function renew(lease: Lease, rule: Rule, bucket: string, cost: number): Promise<void> {
    const askedAt = performance.now();
    const burst = burstOf(rule);
    // The request returns the tokens that are held, and the answer counts them.
    const held = lease.until > askedAt ? lease.held : 0;
    lease.held = 0;
    const wanted = Math.max(cost, Math.floor(burst * leaseShare));
    const [holds, waitMs] = await clients.commands.rateLease(
      bucket,
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
    async take(rule, key, cost) {
      const bucket = clients.keys.rateLimit(rule.name, key);
      const lease = leaseOf(bucket);
      for (;;) {
        const now = performance.now();
        if (!lease.asking && lease.until > now && lease.held >= cost) {
          lease.held -= cost;
          return 0;
        }
        if (lease.deniedUntil > now && cost >= lease.deniedCost) return lease.deniedUntil - now;
        // One request at a time per key; each waiter checks again afterwards, since others may have used up the tokens.
        lease.asking ??= renew(lease, rule, bucket, cost).finally(() => (lease.asking = undefined));
        await lease.asking;
      }
    },
  };
}
