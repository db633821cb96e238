/**
 * What others see of occupancy: who came and who went, batched and without flicker.
 *
 * Each node announces its own users' changes, at most once per second and place, with the count at that moment. A user who
 * was or still is there through another tab or node is not announced. A user who loses the last connection stays in
 * occupancy for the grace period, so a reload or a move to another node is not announced either.
 *
 * In a tenant without a directory only its services learn who is there; for people, `general`, where everyone is, shows
 * counts only. While the node cannot know the tenant's settings, announcements wait.
 *
 * An announcement is sent at most once. Lost names are not repeated, but counts are: each node reads them again every ten
 * seconds, and sooner after a node has died. It sends its connections a count that differs from the last one they were
 * sent, by whichever node. If it may have missed announcements of other nodes, it sends all counts again.
 */
import type {Tenant} from '@madang/database/operator/tenants';
import {limits} from '@madang/protocol/limits';
import type {User} from '@madang/protocol/users';
import {tenantPlace, type Occupancy, type Place} from '@madang/redis/occupancy';
import type {Config} from '../config.ts';
import type {Broadcast, PresencePlace} from '../broadcast.ts';
import type {Tenants} from '../tenants.ts';

/** Announces who comes and goes, batched: in rooms, and in a tenant for those who watch. */
export type PresenceDigests = {
  /** The first connection of a user on this node hears the room. */
  entered(place: PresencePlace, user: User): void;
  /** No connection of the user on this node hears it any more. */
  left(place: PresencePlace, user: User, how: {atOnce: boolean}): void;
  /** Another node has told this node's connections a count. */
  shown(place: Omit<PresencePlace, 'tenantId'>, online: number): void;
  /** Tells all counts again. */
  retell(): void;
  close(): void;
};

export type PresenceDigestsDeps = {
  occupancy: Occupancy;
  broadcast: Pick<Broadcast, 'emit' | 'emitLocally'>;
  tenants: Pick<Tenants, 'get'>;
  config: Pick<Config, 'GRACE_MS' | 'DIGEST_MS' | 'RECOUNT_MS'>;
};

/** Places per question to Redis, a fraction of a millisecond there. */
const placesAtOnce = 1_000;
/** Digests after which the sets of a node that died are gone for certain: the worker drops them within a second. */
const recountsAfterDeath = 3;

type PlaceState = {
  readonly place: PresencePlace;
  readonly key: Place;
  /** This node's users in occupancy, those in their grace period included. */
  readonly here: Set<string>;
  readonly joined: Map<string, User>;
  readonly left: Set<string>;
  /** The count that this node's connections were told last, by whichever node. */
  told?: number;
  isDirty: boolean;
};

type Leaving = {state: PlaceState; userId: string; endsAt: number};

/** Makes the presence digests of one node; they count again by themselves until closed. */
export function createPresenceDigests(deps: PresenceDigestsDeps): PresenceDigests {
  const {occupancy, broadcast, tenants, config} = deps;
  const states = new Map<Place, PlaceState>();
  // Ordered by the end of their grace period, which is the same for all.
  const leaving = new Map<string, Leaving>();
  let digestTimer: NodeJS.Timeout | undefined;
  let graceTimer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let nodes = occupancy.nodeCount();
  let recountsDue = 0;

  const recountTimer = setInterval(() => void recount(), config.RECOUNT_MS).unref();
  const nodesTimer = setInterval(watchNodes, config.DIGEST_MS).unref();
  const stopListening = occupancy.onLost(() => void recount());

  function stateOf(place: PresencePlace): PlaceState {
    const key = keyOf(place);
    const known = states.get(key);
    if (known) return known;
    const state = {
      place,
      key,
      here: new Set<string>(),
      joined: new Map(),
      left: new Set<string>(),
      isDirty: false,
    };
    states.set(key, state);
    return state;
  }

  function plan(state: PlaceState): void {
    state.isDirty = true;
    if (!isClosed) digestTimer ??= setTimeout(() => void digest(), config.DIGEST_MS).unref();
  }

  /** Announces the arrival unless the user was there through another node. */
  async function announceArrival(
    state: PlaceState,
    user: User,
    wasOnline: Promise<boolean[]>,
  ): Promise<void> {
    const [wasThere] = await wasOnline;
    if (wasThere) state.joined.delete(user.id);
    else plan(state);
  }

  function signOff(state: PlaceState, userId: string): void {
    state.here.delete(userId);
    occupancy.leave(state.key, userId);
    const isNews = !state.joined.delete(userId) && !isLarge(state);
    if (isNews && state.left.size < limits.presenceNamesMaxOnline) state.left.add(userId);
    plan(state);
  }

  /** Drops those who are there through another node. Asked when it is told, so that who is just moving is found. */
  async function keepGone({key, left}: PlaceState): Promise<void> {
    const userIds = [...left];
    const areOnline = await occupancy.areOnline(key, userIds);
    for (const [index, userId] of userIds.entries()) if (areOnline[index]) left.delete(userId);
  }

  function endGraces(): void {
    graceTimer = undefined;
    const now = performance.now();
    for (const [key, {state, userId, endsAt}] of leaving) {
      if (endsAt > now) break;
      leaving.delete(key);
      signOff(state, userId);
    }
    planGraces();
  }

  function planGraces(): void {
    const [next] = leaving.values();
    if (!next || graceTimer) return;
    graceTimer = setTimeout(endGraces, Math.max(0, next.endsAt - performance.now())).unref();
  }

  async function digest(): Promise<void> {
    digestTimer = undefined;
    const dirty = [...states.values()].filter((state) => state.isDirty);
    for (const state of dirty) state.isDirty = false;
    await Promise.all(dirty.filter(({left}) => left.size > 0).map(keepGone));
    await eachCount(dirty, (state, online, tenant) => {
      if (!tenant) return plan(state);
      if (online > limits.presenceNamesMaxOnline || isHiddenGeneral(state, tenant)) {
        state.joined.clear();
        state.left.clear();
      }
      const joined = takeSome(state.joined, limits.presenceNames).map(([, user]) => user);
      const left = takeSome(state.left, limits.presenceNames - joined.length).map(([userId]) => userId);
      const hasNews = joined.length + left.length > 0 || online !== state.told;
      if (hasNews) tell('emit', state, tenant, {online, joined, left});
      if (state.joined.size + state.left.size > 0) plan(state);
      else if (state.here.size === 0 && !state.isDirty) states.delete(state.key);
    });
  }

  async function recount(): Promise<void> {
    await eachCount([...states.values()], (state, online, tenant) => {
      if (tenant && online !== state.told) tell('emitLocally', state, tenant, {online, joined: [], left: []});
    });
  }

  function watchNodes(): void {
    const now = occupancy.nodeCount();
    if (now < nodes) recountsDue = recountsAfterDeath;
    nodes = now;
    if (recountsDue === 0) return;
    recountsDue -= 1;
    void recount();
  }

  async function eachCount(
    all: PlaceState[],
    then: (state: PlaceState, online: number, tenant: Tenant | undefined) => void,
  ): Promise<void> {
    const known = await readTenants(all);
    for (let first = 0; first < all.length; first += placesAtOnce) {
      const some = all.slice(first, first + placesAtOnce);
      const counts = await occupancy.online(some.map(({key}) => key));
      for (const [index, state] of some.entries())
        then(state, counts[index] ?? 0, known.get(state.place.tenantId));
    }
  }

  /** Those that can be read now. */
  async function readTenants(all: PlaceState[]): Promise<Map<string, Tenant>> {
    const ids = [...new Set(all.map(({place}) => place.tenantId))];
    const read = await Promise.allSettled(ids.map((id) => tenants.get(id)));
    return new Map(
      read.flatMap((each) => (each.status === 'fulfilled' ? [[each.value.id, each.value] as const] : [])),
    );
  }

  function tell(how: 'emit' | 'emitLocally', state: PlaceState, tenant: Tenant, news: News): void {
    const {kind, id} = state.place;
    state.told = news.online;
    if (kind === 'room') return broadcast[how]({room: id}, 'room:presence', {roomId: id, ...news});
    broadcast[how](
      tenant.policy.people.directory ? {presence: id} : {servicePresence: id},
      'presence:changed',
      news,
    );
  }

  return {
    entered(place, user) {
      const state = stateOf(place);
      if (leaving.delete(leavingKey(state, user.id)) || state.here.has(user.id)) return;
      state.here.add(user.id);
      if (state.left.delete(user.id) || isLarge(state)) {
        // The user returned before the announcement, or names are not announced here; the count is read in any case.
        occupancy.enter(state.key, user.id);
        return plan(state);
      }
      if (state.joined.size < limits.presenceNamesMaxOnline) state.joined.set(user.id, user);
      // Read before this user enters, since it concerns other nodes.
      const wasOnline = occupancy.areOnline(state.key, [user.id]);
      occupancy.enter(state.key, user.id);
      void announceArrival(state, user, wasOnline);
    },

    left(place, user, {atOnce}) {
      const state = states.get(keyOf(place));
      if (!state?.here.has(user.id)) return;
      const key = leavingKey(state, user.id);
      if (atOnce) {
        leaving.delete(key);
        signOff(state, user.id);
      } else if (!leaving.has(key)) {
        leaving.set(key, {state, userId: user.id, endsAt: performance.now() + config.GRACE_MS});
        planGraces();
      }
    },

    shown(place, online) {
      const state = states.get(keyOf(place));
      if (state) state.told = online;
    },

    retell() {
      for (const state of states.values()) state.told = undefined;
      void recount();
    },

    close() {
      isClosed = true;
      stopListening();
      clearInterval(recountTimer);
      clearInterval(nodesTimer);
      clearTimeout(digestTimer);
      clearTimeout(graceTimer);
    },
  };
}

type News = {online: number; joined: User[]; left: string[]};

function keyOf({kind, id}: Omit<PresencePlace, 'tenantId'>): Place {
  return kind === 'room' ? id : tenantPlace(id);
}

function isLarge({told = 0}: PlaceState): boolean {
  return told > limits.presenceNamesMaxOnline;
}

function isHiddenGeneral({place}: PlaceState, {policy, defaultRoomIds}: Tenant): boolean {
  return !policy.people.directory && defaultRoomIds.includes(place.id);
}

function leavingKey({key}: PlaceState, userId: string): string {
  return `${key} ${userId}`;
}

function takeSome<Key, Value>(all: Map<Key, Value> | Set<Key>, count: number) {
  const some = [...all.entries()].slice(0, count);
  for (const [key] of some) all.delete(key as Key);
  return some as [Key, Value][];
}
