/**
 * Tells jobs which users are connected to no node. It answers only while Redis is certain to know everyone.
 *
 * Each node mirrors its users into Redis under a lease. If Redis was away or emptied, or a node cannot reach it,
 * connected users look absent. So every gateway that is alive according to Postgres must have a lease in Redis, and
 * must have had it for `settleMs`, by which time it has written all of its users.
 */
import type {Database} from '@madang/database/connections/pool';
import {listLivingNodes} from '@madang/database/events/unseen';
import type {RedisClients} from '@madang/redis/clients';
import {askOnline, listLeases, tenantPlace} from '@madang/redis/occupancy';

export type Presence = {
  /** Records the nodes. Call it regularly, since a node counts from when it was first seen here. */
  watch(): Promise<void>;
  /** The users without a connection to any node; undefined while that cannot be known. */
  absent(tenantId: string, userIds: readonly string[]): Promise<string[] | undefined>;
};

export function createPresence({redis, db, settleMs}: PresenceOptions): Presence {
  let seenSince = new Map<string, number>();
  redis.onDown(() => seenSince.clear());

  /** The nodes that had settled by that time. */
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
        // In this order: if Redis was emptied before it answered, no lease in it has settled.
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
