import {randomBytes} from 'node:crypto';
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';
import {occupancyStems, refused} from './scripts.ts';

/*
 * Who is where now. Each node keeps its own users in memory, which is the truth about them, and mirrors them into Redis
 * under a leased name, its incarnation. When the mirror may be wrong (a lease that expired, a write without
 * an answer, a Redis that was emptied) the node takes a new name, writes everything under it and drops the old one: nothing
 * has to be compared or repaired, and a command that arrives late acts on a name that no longer counts.
 */

/** Where users can be: a room's id, or `tenantPlace`. */
export type Place = string;

/** The place of everyone who is connected in a tenant. */
export function tenantPlace(tenantId: string): Place {
  return `tenant:${tenantId}`;
}

export type Occupancy = {
  /** Takes a lease and keeps it; before that, and while Redis is away, users are only remembered. */
  start(): void;
  /**
   * Gives up the lease and all users at once, so that nobody has to wait for its expiry. With `keepMs` they count for that
   * long: a user who moves to another node is neither missing meanwhile nor announced there.
   */
  stop(options?: {keepMs?: number}): Promise<void>;
  /** Notes that a user is here, however many tabs they have: the caller counts those. Idempotent, never fails. */
  enter(place: Place, userId: string): void;
  /** Notes that the last of a user's connections on this node has left. Idempotent, never fails. */
  leave(place: Place, userId: string): void;
  /**
   * Counts the users at each place over all nodes, each once; sees what this node entered before. With Redis away it
   * counts this node's own. Never rejects.
   */
  online(places: Place[]): Promise<number[]>;
  /** Returns for each user whether any node has them at the place. With Redis away: this node. Never rejects. */
  areOnline(place: Place, userIds: string[]): Promise<boolean[]>;
  /** Lists the users at a place by id; pass `next` as `after`. With Redis away: this node's. Never rejects. */
  listOnline(place: Place, page: {after?: string; limit: number}): Promise<OnlinePage>;
  /** The live nodes as of the last beat, this one included. */
  nodeCount(): number;
  /** Calls back when the lease was lost and all users have been written again: others may have missed them meanwhile. */
  onLost(listener: () => void): () => void;
};

export type OnlinePage = {userIds: string[]; next?: string};

export type OccupancyOptions = {
  clients: RedisClients;
  nodeId: string;
  log: Logger;
  /** Well under the lease, so that two lost beats cost nothing. */
  beatMs?: number;
  /** How long users of a killed node still count, at most; a pause or an outage of this length costs a rewrite. */
  leaseMs?: number;
};

/** Users per script call: two to three milliseconds of Redis, which does nothing else meanwhile. */
const usersPerCall = 500;

/** Makes the occupancy of one node. */
export function createOccupancy({
  clients,
  nodeId,
  log,
  beatMs = 2_000,
  leaseMs = 8_000,
}: OccupancyOptions): Occupancy {
  const {commands, keys} = clients;
  const {leases} = keys.occupancy;
  const stems = occupancyStems(keys);
  const here = new Map<Place, Set<string>>();
  const changed = new Map<Place, Set<string>>();
  const outdated = new Set<string>();
  const lostListeners = new Set<() => void>();
  /** Absent while nothing in Redis can be relied upon; then `here` is asserted whole. */
  let incarnation: string | undefined;
  let asserting: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let hasAsserted = false;
  let isFlushPlanned = false;
  let nodes = 1;

  const isReachable = () => commands.status === 'ready';

  function change(place: Place, userId: string) {
    if (incarnation === undefined) return;
    add(changed, place, userId);
    if (isFlushPlanned) return;
    isFlushPlanned = true;
    // One call for everything that happens in this turn of the event loop, such as a complete session:start.
    setImmediate(() => {
      isFlushPlanned = false;
      flush();
    });
  }

  /** Sends what has changed; commands of one connection keep their order, so the next question sees the changes. */
  function flush() {
    if (incarnation === undefined || changed.size === 0) return;
    const all = pairsOf(changed);
    changed.clear();
    for (let at = 0; at < all.length; at += usersPerCall) {
      write(incarnation, all.slice(at, at + usersPerCall)).catch((error: unknown) =>
        log.debug({err: error}, 'occupancy'),
      );
    }
  }

  /** Writes where these users are now; rejects, and gives up the incarnation, unless all of it is written. */
  async function write(name: string, pairs: Pair[]) {
    try {
      const answer = await commands.occupancyWrite(leases, name, ...stems, ...changesOf(pairs, here));
      if (answer === refused) throw new Error('the occupancy lease is gone');
    } catch (error) {
      lose(name);
      throw error;
    }
  }

  function lose(name: string) {
    if (incarnation !== name) return;
    outdated.add(name);
    incarnation = undefined;
    changed.clear();
    void assertAll();
  }

  /** Writes everything under a new name; at most one at a time, tried again with each beat until it succeeds. */
  function assertAll(): Promise<void> {
    asserting ??= tryAssert()
      .catch((error: unknown) => log.debug({err: error}, 'occupancy could not be written'))
      .finally(() => (asserting = undefined));
    return asserting;
  }

  async function tryAssert() {
    // Not in this turn of the event loop: `lose` may run inside a command's callback, before the connection knows that it
    // is lost.
    await new Promise(setImmediate);
    if (!isRunning || !isReachable() || incarnation !== undefined) return;
    const name = `${nodeId}~${randomBytes(6).toString('base64url')}`;
    nodes = await commands.occupancyBegin(leases, name, leaseMs);
    // From here on changes are sent as they happen; the calls below write who was here before, as of their own time.
    incarnation = name;
    const all = pairsOf(here);
    for (let at = 0; at < all.length; at += usersPerCall) await write(name, all.slice(at, at + usersPerCall));
    // The old name goes only now, so that its users are never counted out in between.
    await dropOutdated();
    if (hasAsserted) {
      log.warn({users: all.length}, 'occupancy written again after its lease was lost');
      for (const listener of lostListeners) listener();
    }
    hasAsserted = true;
  }

  /** The reaper would do it too, once the lease has expired. */
  async function dropOutdated() {
    for (const name of outdated) {
      await commands.occupancyRetire(leases, name);
      await dropIncarnation(clients, name);
      outdated.delete(name);
    }
  }

  async function beat() {
    if (!isReachable()) return;
    if (incarnation === undefined) return assertAll();
    const name = incarnation;
    try {
      const answer = await commands.occupancyBeat(leases, name, leaseMs);
      if (answer === refused) lose(name);
      else nodes = Math.max(1, answer);
    } catch (error) {
      // The lease outlasts a few lost beats; if it has expired, a later beat or write finds out.
      log.debug({err: error}, 'occupancy beat failed');
    }
  }

  async function beatOnTime() {
    await beat();
    if (isRunning) timer = setTimeout(() => void beatOnTime(), beatMs);
  }

  const beatNow = () => void beat();

  const sizeHere = (place: Place) => here.get(place)?.size ?? 0;

  /** Asks Redis behind everything this node has written, or answers from memory. */
  async function ask<T>(question: () => Promise<T>, fromMemory: () => T): Promise<T> {
    if (!isReachable()) return fromMemory();
    flush();
    try {
      return await question();
    } catch (error) {
      log.debug({err: error}, 'occupancy answered from memory');
      return fromMemory();
    }
  }

  return {
    start() {
      isRunning = true;
      commands.on('ready', beatNow);
      void beatOnTime();
    },

    async stop({keepMs = 0} = {}) {
      isRunning = false;
      clearTimeout(timer);
      commands.off('ready', beatNow);
      await asserting;
      flush();
      const name = incarnation;
      incarnation = undefined;
      if (name !== undefined && keepMs === 0) outdated.add(name);
      try {
        // A last beat; the reaper drops the users once this lease has expired.
        if (name !== undefined && keepMs > 0) await commands.occupancyBeat(leases, name, keepMs);
        await dropOutdated();
      } catch (error) {
        log.debug({err: error}, 'occupancy is left to the reaper');
      }
    },

    enter(place, userId) {
      if (here.get(place)?.has(userId)) return;
      add(here, place, userId);
      change(place, userId);
    },

    leave(place, userId) {
      const users = here.get(place);
      if (!users?.delete(userId)) return;
      if (users.size === 0) here.delete(place);
      change(place, userId);
    },

    async online(places) {
      if (places.length === 0) return [];
      const inMemory = places.map(sizeHere);
      const counts = await ask(
        () => commands.occupancyCount(...places.map((place) => keys.occupancy.online + place)),
        () => inMemory,
      );
      // Users of this node that are being written again count as well.
      return counts.map((count, index) => Math.max(count, sizeHere(places[index] ?? '')));
    },

    async areOnline(place, userIds) {
      if (userIds.length === 0) return [];
      // Copied now: a user who enters while Redis answers was not online at the time of the call.
      const inMemory = userIds.map((userId) => here.get(place)?.has(userId) === true);
      const scores = await ask(
        () => commands.zmscore(keys.occupancy.online + place, ...userIds),
        () => userIds.map(() => null),
      );
      return inMemory.map((isHere, index) => isHere || scores[index] != null);
    },

    async listOnline(place, {after, limit}) {
      const found = await ask(
        () =>
          commands.zrange(
            keys.occupancy.online + place,
            after === undefined ? '-' : `(${after}`,
            '+',
            'BYLEX',
            'LIMIT',
            0,
            limit + 1,
          ),
        () => pageOf(here.get(place), after, limit + 1),
      );
      const userIds = found.slice(0, limit);
      return found.length > limit ? {userIds, next: userIds.at(-1)} : {userIds};
    },

    nodeCount: () => nodes,

    onLost(listener) {
      lostListeners.add(listener);
      return () => lostListeners.delete(listener);
    },
  };
}

/**
 * Drops everything dead nodes left behind; returns the ids of the nodes whose last user is gone now (a node that has
 * taken a new name since is listed, too). For the worker, once a second. Rejects when Redis is down; the next call
 * finds what was not finished.
 */
export async function reapDeadNodes(clients: RedisClients): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of await clients.commands.occupancyExpired(clients.keys.occupancy.leases)) {
    if (await dropIncarnation(clients, name)) dropped.push(name.slice(0, name.lastIndexOf('~')));
  }
  return dropped;
}

async function dropIncarnation({commands, keys}: RedisClients, name: string): Promise<boolean> {
  for (;;) {
    const left = await commands.occupancyReap(
      keys.occupancy.leases,
      name,
      ...occupancyStems(keys),
      usersPerCall,
    );
    if (left === refused) return false;
    if (left === 0) return true;
  }
}

type Pair = [place: Place, userId: string];

function add(users: Map<Place, Set<string>>, place: Place, userId: string) {
  const at = users.get(place);
  if (at) at.add(userId);
  else users.set(place, new Set([userId]));
}

function pairsOf(users: Map<Place, Set<string>>): Pair[] {
  return [...users].flatMap(([place, ids]) => Array.from(ids, (id): Pair => [place, id]));
}

/** The arguments of occupancy-write.lua: per place its arrivals and departures, as memory has them now. */
function changesOf(pairs: Pair[], here: Map<Place, Set<string>>): (string | number)[] {
  const byPlace = new Map<Place, {arrived: string[]; departed: string[]}>();
  for (const [place, userId] of pairs) {
    const at = byPlace.get(place) ?? {arrived: [], departed: []};
    byPlace.set(place, at);
    (here.get(place)?.has(userId) ? at.arrived : at.departed).push(userId);
  }
  return [...byPlace].flatMap(([place, {arrived, departed}]) => [
    place,
    arrived.length,
    departed.length,
    ...arrived,
    ...departed,
  ]);
}

function pageOf(users: Set<string> | undefined, after: string | undefined, limit: number): string[] {
  return [...(users ?? [])]
    .filter((id) => after === undefined || id > after)
    .sort()
    .slice(0, limit);
}

/** The ids of the nodes whose lease in Redis holds. Rejects while Redis is away. */
export async function listLeasedNodes({
  commands,
  keys,
}: Pick<RedisClients, 'commands' | 'keys'>): Promise<string[]> {
  const [seconds] = await commands.time();
  const incarnations = await commands.zrangebyscore(keys.occupancy.leases, Number(seconds) * 1_000, '+inf');
  return [...new Set(incarnations.map((incarnation) => incarnation.slice(0, incarnation.lastIndexOf('~'))))];
}
