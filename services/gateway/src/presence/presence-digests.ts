/**
 * Announces who came and who went, in batches and without flicker.
 *
 * Each node announces its own users' changes, at most once per second and place, with the count at that moment. A user
 * who was or still is there through another tab or node is not announced. A user who loses the last connection stays in
 * occupancy for the grace period, so a reload or a move to another node is not announced either.
 *
 * In a tenant without a directory only its services learn who is there; for people, `general`, where everyone is, shows
 * counts only. While the node cannot know the tenant's settings, announcements wait.
 *
 * Who watches a tenant's presence also hears of users whose name, status or `away` has changed. A user is away on a node once
 * all of their connections to it say so, and away for others once they are so on every node that they are connected to.
 *
 * An announcement is sent at most once. Lost names are not repeated, but counts are: each node reads them again every
 * ten seconds, and sooner after a node has died. It sends its connections a count that differs from the last one they
 * were sent, by whichever node. If it may have missed announcements of other nodes, it sends all counts again.
 */
import type {Tenant} from '@madang/database/operator/tenants';
import {limits} from '@madang/protocol/limits';
import type {User} from '@madang/protocol/users';
import {awayPlace, type Occupancy, type Place} from '@madang/redis/occupancy';
import type {Config} from '../config.ts';
import type {Broadcast, PresencePlace} from '../broadcast.ts';
import type {Tenants} from '../tenants.ts';
import {createGracePeriods} from './grace-periods.ts';
import {createPlaceCounts} from './place-counts.ts';
import {
  dropNames,
  hasNames,
  isLarge,
  keyOf,
  newPlaceState,
  takeChanged,
  takeNames,
  type PlaceState,
} from './place-state.ts';
import {startRecounts} from './recounts.ts';

/** Announces in rooms, and to the connections that watch a tenant's presence. */
export type PresenceDigests = {
  /** The first connection of a user on this node hears the room. */
  entered(place: PresencePlace, user: User): void;
  /** No connection of the user on this node hears it any more. */
  left(place: PresencePlace, user: User, how: {atOnce: boolean}): void;
  /** Announces the user again, whose name, colour, image or status has changed. */
  changed(tenantId: string, userId: string): void;
  /** Whether all connections of the user to this node are away. Idempotent. */
  setAway(tenantId: string, userId: string, isAway: boolean): void;
  /** Another node has sent this node's connections a count. */
  shown(place: Omit<PresencePlace, 'tenantId'>, online: number): void;
  /** Sends all counts again. */
  retell(): void;
  close(): void;
};

export type PresenceDigestsDeps = {
  occupancy: Occupancy;
  broadcast: Pick<Broadcast, 'emit' | 'emitLocally'>;
  tenants: Pick<Tenants, 'get'>;
  readUsers(tenantId: string, userIds: string[]): Promise<User[]>;
  config: Pick<Config, 'GRACE_MS' | 'DIGEST_MS' | 'RECOUNT_MS'>;
};

type News = {online: number; joined: User[]; left: string[]; changed?: User[]};

/** Makes the presence digests of one node; they count again by themselves until closed. */
export function createPresenceDigests(deps: PresenceDigestsDeps): PresenceDigests {
  const {occupancy, broadcast, config} = deps;
  const states = new Map<Place, PlaceState>();
  const graces = createGracePeriods(config.GRACE_MS);
  const awayHere = new Set<string>();
  const eachCount = createPlaceCounts(deps);
  const stopRecounts = startRecounts(deps, recount);
  let digestTimer: NodeJS.Timeout | undefined;
  let isClosed = false;

  function plan(state: PlaceState): void {
    state.isDirty = true;
    if (!isClosed) digestTimer ??= setTimeout(() => void digest(), config.DIGEST_MS).unref();
  }

  async function digest(): Promise<void> {
    digestTimer = undefined;
    const dirty = [...states.values()].filter((state) => state.isDirty);
    for (const state of dirty) state.isDirty = false;
    await Promise.all(dirty.filter(({left}) => left.size > 0).map(dropReturned));
    await Promise.all(dirty.filter(({changed}) => changed.size > 0).map(readChanged));
    await eachCount(dirty, announce);
  }

  /** Drops departures of users who are there through another node. Checked this late to find users who move. */
  async function dropReturned({key, left, changed, place}: PlaceState): Promise<void> {
    const userIds = [...left];
    const areOnline = await occupancy.areOnline(key, userIds);
    const returned = userIds.filter((_, index) => areOnline[index]);
    for (const userId of returned) left.delete(userId);
    if (place.kind === 'room' || returned.length === 0) return;
    // The connection that has gone may have been the one by which the user was not away.
    const areAway = await occupancy.areAway(place.tenantId, returned);
    for (const [index, userId] of returned.entries()) if (areAway[index]) changed.add(userId);
  }

  /** Reads late, so that several changes of a user are announced once. What cannot be read is not announced. */
  async function readChanged(state: PlaceState): Promise<void> {
    const userIds = takeChanged(state);
    const {tenantId} = state.place;
    try {
      const users = await deps.readUsers(tenantId, userIds);
      const ids = users.map(({id}) => id);
      const areAway = await occupancy.areAway(tenantId, ids);
      state.news = users.map((user, index) => (areAway[index] ? {...user, away: true} : user));
    } catch {
      state.news = [];
    }
  }

  function noteChange(tenantId: string, userId: string): void {
    const state = stateOf({kind: 'tenant', id: tenantId, tenantId});
    if (state.changed.size < limits.presenceNamesMaxOnline) state.changed.add(userId);
    plan(state);
  }

  function announce(state: PlaceState, online: number, tenant: Tenant | undefined): void {
    if (!tenant) return plan(state);
    if (online > limits.presenceNamesMaxOnline || isHiddenGeneral(state, tenant)) dropNames(state);
    const {joined, left} = takeNames(state);
    const changed = state.news.length > 0 ? state.news : undefined;
    state.news = [];
    const hasNews = joined.length + left.length > 0 || changed !== undefined || online !== state.told;
    if (hasNews) tell('emit', state, tenant, {online, joined, left, ...(changed && {changed})});
    if (hasNames(state)) plan(state);
    else if (state.here.size === 0 && !state.isDirty) states.delete(state.key);
  }

  function recount(): void {
    void eachCount([...states.values()], (state, online, tenant) => {
      if (tenant && online !== state.told) tell('emitLocally', state, tenant, {online, joined: [], left: []});
    });
  }

  function tell(how: 'emit' | 'emitLocally', state: PlaceState, tenant: Tenant, news: News): void {
    const {kind, id} = state.place;
    state.told = news.online;
    if (kind === 'room') return broadcast[how]({room: id}, 'room:presence', {roomId: id, ...news});
    const watchers = tenant.policy.people.directory ? {presence: id} : {servicePresence: id};
    broadcast[how](watchers, 'presence:changed', news);
  }

  function stateOf(place: PresencePlace): PlaceState {
    const state = states.get(keyOf(place)) ?? newPlaceState(place);
    states.set(state.key, state);
    return state;
  }

  /** Announces the arrival unless the user was there through another node. */
  async function planArrival(state: PlaceState, user: User, wasOnline: Promise<boolean[]>): Promise<void> {
    const [wasThere] = await wasOnline;
    if (!wasThere) return plan(state);
    state.joined.delete(user.id);
    const {kind, tenantId} = state.place;
    if (kind === 'room') return;
    // This connection is not away, so the user no longer is, either.
    const [wasAway] = await occupancy.areOnline(awayPlace(tenantId), [user.id]);
    if (wasAway) noteChange(tenantId, user.id);
  }

  function signOff(state: PlaceState, userId: string): void {
    state.here.delete(userId);
    occupancy.leave(state.key, userId);
    const {kind, tenantId} = state.place;
    if (kind === 'tenant' && awayHere.delete(userId)) occupancy.leave(awayPlace(tenantId), userId);
    const isNews = !state.joined.delete(userId) && !isLarge(state);
    if (isNews && state.left.size < limits.presenceNamesMaxOnline) state.left.add(userId);
    plan(state);
  }

  return {
    entered(place, user) {
      const state = stateOf(place);
      if (graces.cancel(graceKey(state, user.id)) || state.here.has(user.id)) return;
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
      void planArrival(state, user, wasOnline);
    },

    left(place, user, {atOnce}) {
      const state = states.get(keyOf(place));
      if (!state?.here.has(user.id)) return;
      const key = graceKey(state, user.id);
      if (!atOnce) return graces.begin(key, () => signOff(state, user.id));
      graces.cancel(key);
      signOff(state, user.id);
    },

    changed: noteChange,

    setAway(tenantId, userId, isAway) {
      if (awayHere.has(userId) === isAway) return;
      if (isAway) awayHere.add(userId);
      else awayHere.delete(userId);
      occupancy[isAway ? 'enter' : 'leave'](awayPlace(tenantId), userId);
      noteChange(tenantId, userId);
    },

    shown(place, online) {
      const state = states.get(keyOf(place));
      if (state) state.told = online;
    },

    retell() {
      for (const state of states.values()) state.told = undefined;
      recount();
    },

    close() {
      isClosed = true;
      stopRecounts();
      clearTimeout(digestTimer);
      graces.close();
    },
  };
}

function isHiddenGeneral({place}: PlaceState, {policy, defaultRoomIds}: Tenant): boolean {
  return !policy.people.directory && defaultRoomIds.includes(place.id);
}

function graceKey({key}: PlaceState, userId: string): string {
  return `${key} ${userId}`;
}
