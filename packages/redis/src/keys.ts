/** Every key and channel name of one installation; only this file builds them. Lua adds place, node or both to a stem. */
export type Keys = ReturnType<typeof createKeys>;

/**
 * In a Cluster, what one script touches has one hash tag and so is in one slot. On one server names have no tag, as they
 * never had, so that nodes of two releases agree during an upgrade.
 */
export function createKeys(prefix: string, {isCluster = false} = {}) {
  const occupancy = `${prefix}${isCluster ? '{occupancy}' : 'occupancy'}:`;
  return {
    prefix,
    /** The prefix for connect-redis, which adds the session id. */
    sessions: `${prefix}session:`,
    /** The sessions of one user: hash of a session's id -> when and where it was begun. */
    userSessions: (userId: string) => `${prefix}user-sessions:${userId}`,
    /** The prefix for the sharded Socket.IO adapter, which adds namespace and socketRoom. */
    adapter: `${prefix}io`,
    /** The channel on which workers name users whose inboxes have news. */
    inboxNews: `${prefix}inbox-news`,
    /** Memory of a shard that is released when it is full. */
    reserve: (tag: string) => `${prefix}reserve${tag}`,
    lock: (name: string) => `${prefix}lock:${name}`,
    rateLimit: (rule: string, key: string) => `${prefix}limit:${rule}:${key}`,
    /** The connections of a tenant, by node. */
    places: (tenantId: string) => `${prefix}places:${tenantId}`,
    occupancy: {
      /** Sorted set of leases: incarnation of a node -> when it expires, in Redis's milliseconds. */
      leases: `${occupancy}leases`,
      /** + incarnation: the places where it has users, so that the reaper finds them all. */
      places: `${occupancy}places:`,
      /** + place `@` incarnation: the users that it has there. */
      users: `${occupancy}users:`,
      /** + place: sorted set, all with score 0, of the users that any incarnation has there. */
      online: `${occupancy}online:`,
    },
  };
}
