/**
 * Tells jobs which users are connected to no node. It answers only while Redis is certain to know everyone.
 *
 * Each node mirrors its users into Redis under a lease. A Redis that was away or emptied, or a node that cannot reach it,
 * makes people look absent who are not. So every gateway that Postgres knows to live must have a lease in Redis, and have had
 * it for `settleMs`, by when it has written all of its users.
 */
import type {Database} from '@madang/database/connections/pool';
import {listLivingNodes} from '@madang/database/events/unseen';
import type {RedisClients} from '@madang/redis/clients';
import {askOnline, listLeases, tenantPlace} from '@madang/redis/occupancy';

export type Presence = {
  /** Takes note of the nodes. Call it all the time, since a node counts from when it was first seen here. */
  watch(): Promise<void>;
  /** Those of the users without a connection to any node; undefined where that cannot be known now. */
  absent(tenantId: string, userIds: readonly string[]): Promise<string[] | undefined>;
};

export function createPresence({redis, db, settleMs}: PresenceOptions): Presence {
  let seenSince = new Map<string, number>();
  redis.onDown(() => seenSince.clear());

  /** The nodes that had settled by then. */
  async function settledBy(time: number): Promise<Set<string>> {
    const leases = await listLeases(redis);
    const now = performance.now();
    seenSince = new Map(leases.map(({incarnation}) => [incarnation, seenSince.get(incarnation) ?? now]));
    const settled = leases.filter(({incarnation}) => seenSince.get(incarnation)! + settleMs <= time);
    return new Set(settled.map(({nodeId}) => nodeId));
  }

  return {
    async watch() {
      await settledBy(0).catch(() => seenSince.clear());
    },

    async absent(tenantId, userIds) {
      const asked = performance.now();
      try {
        const areOnline = await askOnline(redis, tenantPlace(tenantId), userIds);
        // In this order: a Redis that was emptied before it answered shows no lease that had settled.
        const settled = await settledBy(asked);
        const living = await listLivingNodes(db);
        if (!living.every((id) => settled.has(id))) return undefined;
        return userIds.filter((_, index) => !areOnline[index]);
      } catch {
        return undefined;
      }
    },
  };
}

export type PresenceOptions = {redis: RedisClients; db: Database; settleMs: number};
