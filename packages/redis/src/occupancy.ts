import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';
import {addUser, dropIncarnation, OccupancyMirror, type UsersByPlace} from './occupancy-mirror.ts';

/*
 * Who is where now. Each node keeps its own users in memory, which is the truth about them; Redis has a mirror of every
 * node's users. Questions ask Redis, and while it is away the memory of this node.
 */

/** Where users can be: a room's id, or `tenantPlace`. */
export type Place = string;

/** The place of everyone who is connected in a tenant. */
export function tenantPlace(tenantId: string): Place {
  return `tenant:${tenantId}`;
}

/** The place of those in a tenant who are away by all of their connections to a node. */
export function awayPlace(tenantId: string): Place {
  return `away:${tenantId}`;
}

export type Occupancy = {
  /** Takes a lease and keeps it. Before that, and while Redis is away, users are only kept in memory. */
  start(): void;
  /**
   * Gives up the lease and all users at once, so that nobody has to wait for the lease to expire. With `keepMs` the users
   * count for that long: a user who moves to another node is neither missing in the meantime nor announced there.
   */
  stop(options?: {keepMs?: number}): Promise<void>;
  /** Records that a user is here, however many tabs they have: the caller counts those. Idempotent, never fails. */
  enter(place: Place, userId: string): void;
  /** Records that the last of a user's connections on this node has left. Idempotent, never fails. */
  leave(place: Place, userId: string): void;
  /**
   * Counts the users at each place over all nodes, each user once. The count includes what this node entered before the
   * call. With Redis away it counts this node's own users. Never rejects.
   */
  online(places: Place[]): Promise<number[]>;
  /**
   * Returns for each user whether any node has them at the place. With Redis away it asks only this node. Never rejects.
   */
  areOnline(place: Place, userIds: string[]): Promise<boolean[]>;
  /**
   * Returns for each user of a tenant whether they are connected, and away on every node that they are connected to.
   * With Redis away it asks only this node. Never rejects.
   */
  areAway(tenantId: string, userIds: string[]): Promise<boolean[]>;
  /**
   * Lists the users at a place by id; pass `next` as `after`. With Redis away it lists this node's users. Never rejects.
   */
  listOnline(place: Place, page: {after?: string; limit: number}): Promise<OnlinePage>;
  /** The number of live nodes at the last beat, including this one. */
  nodeCount(): number;
  /**
   * Calls back when the lease was lost and all users have been written again. Others may have missed them in the meantime.
   */
  onLost(listener: () => void): () => void;
};

export type OnlinePage = {userIds: string[]; next?: string};

export type OccupancyOptions = {
  clients: RedisClients;
  nodeId: string;
  log: Logger;
  /** Well below the lease, so that two lost beats cost nothing. */
  beatMs?: number;
  /**
   * How long users of a killed node still count, at most. After a pause or an outage of this length, everything is written
   * again.
   */
  leaseMs?: number;
};

/** Creates the occupancy of one node. */
export function createOccupancy({
  clients,
  nodeId,
  log,
  beatMs = 2_000,
  leaseMs = 8_000,
}: OccupancyOptions): Occupancy {
  const {commands, keys} = clients;
  const here: UsersByPlace = new Map();
  const mirror = new OccupancyMirror({clients, nodeId, log, beatMs, leaseMs}, here);
  const onlineAt = (place: Place) => keys.occupancy.online + place;
  const sizeHere = (place: Place) => here.get(place)?.size ?? 0;

  /** Asks Redis after everything that this node has written, or answers from memory. */
  async function ask<T>(question: () => Promise<T>, fromMemory: () => T): Promise<T> {
    if (!mirror.isReachable) return fromMemory();
    mirror.flush();
    try {
      return await question();
    } catch (error) {
      log.debug({err: error}, 'occupancy answered from memory');
      return fromMemory();
    }
  }

  async function areOnline(place: Place, userIds: string[]): Promise<boolean[]> {
    if (userIds.length === 0) return [];
    // Copied now, because a user who enters while Redis answers was not online at the time of the call.
    const inMemory = userIds.map((userId) => here.get(place)?.has(userId) === true);
    const scores = await ask(
      () => commands.zmscore(onlineAt(place), ...userIds),
      () => userIds.map(() => null),
    );
    return inMemory.map((isHere, index) => isHere || scores[index] != null);
  }

  return {
    start: () => mirror.start(),
    stop: ({keepMs = 0} = {}) => mirror.stop(keepMs),

    enter(place, userId) {
      if (here.get(place)?.has(userId)) return;
      addUser(here, place, userId);
      mirror.note(place, userId);
    },

    leave(place, userId) {
      const users = here.get(place);
      if (!users?.delete(userId)) return;
      if (users.size === 0) here.delete(place);
      mirror.note(place, userId);
    },

    async online(places) {
      if (places.length === 0) return [];
      const inMemory = places.map(sizeHere);
      const counts = await ask(
        () => commands.occupancyCount(places.length, ...places.map(onlineAt)),
        () => inMemory,
      );
      // Users of this node that are being written again also count.
      return counts.map((count, index) => Math.max(count, sizeHere(places[index] ?? '')));
    },

    areOnline,

    async areAway(tenantId, userIds) {
      const [place, away] = [tenantPlace(tenantId), awayPlace(tenantId)];
      const mayBeAway = await areOnline(away, userIds);
      // Hardly anybody is.
      const asked = userIds.filter((_, index) => mayBeAway[index]);
      if (asked.length === 0) return mayBeAway;
      const inMemory = asked.map((userId) => (here.get(away)?.has(userId) ? 1 : 0));
      const answers = await ask(
        () => commands.occupancyAway(keys.occupancy.leases, keys.occupancy.users, place, away, ...asked),
        () => inMemory,
      );
      const found = new Set(asked.filter((_, index) => answers[index] === 1));
      return userIds.map((userId) => found.has(userId));
    },

    async listOnline(place, {after, limit}) {
      const from = after === undefined ? '-' : `(${after}`;
      const found = await ask(
        () => commands.zrange(onlineAt(place), from, '+', 'BYLEX', 'LIMIT', 0, limit + 1),
        () => pageOf(here.get(place), after, limit + 1),
      );
      const userIds = found.slice(0, limit);
      return found.length > limit ? {userIds, next: userIds.at(-1)} : {userIds};
    },

    nodeCount: () => mirror.nodeCount,
    onLost: (listener) => mirror.onLost(listener),
  };
}

/**
 * Drops everything that dead nodes left behind. Returns the ids of the nodes whose last user is gone now, including nodes
 * that have since taken a new name. The worker calls it once a second. It rejects when Redis is down, and the next call
 * finishes the work.
 */
export async function reapDeadNodes(clients: RedisClients): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of await clients.commands.occupancyExpired(clients.keys.occupancy.leases)) {
    if (await dropIncarnation(clients, name)) dropped.push(name.slice(0, name.lastIndexOf('~')));
  }
  return dropped;
}

function pageOf(users: Set<string> | undefined, after: string | undefined, limit: number): string[] {
  return [...(users ?? [])]
    .filter((id) => after === undefined || id > after)
    .sort()
    .slice(0, limit);
}

/** The valid leases in Redis: each incarnation, which is a new one once a node has written itself again, and its node. */
export async function listLeases({
  commands,
  keys,
}: Pick<RedisClients, 'commands' | 'keys'>): Promise<{incarnation: string; nodeId: string}[]> {
  const incarnations = await commands.occupancyLiving(keys.occupancy.leases);
  return incarnations.map((incarnation) => ({
    incarnation,
    nodeId: incarnation.slice(0, incarnation.lastIndexOf('~')),
  }));
}

/** Returns the ids of the nodes whose lease in Redis is valid. Rejects while Redis is away. */
export async function listLeasedNodes(clients: Pick<RedisClients, 'commands' | 'keys'>): Promise<string[]> {
  return [...new Set((await listLeases(clients)).map(({nodeId}) => nodeId))];
}

/**
 * Returns which of these users Redis has at the place, from any node. Unlike `areOnline` it rejects while Redis is away.
 */
export async function askOnline(
  {commands, keys}: Pick<RedisClients, 'commands' | 'keys'>,
  place: Place,
  userIds: readonly string[],
): Promise<boolean[]> {
  const scores = await commands.zmscore(keys.occupancy.online + place, ...userIds);
  return scores.map((score) => score !== null);
}
