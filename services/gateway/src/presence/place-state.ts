/** What a node knows about one place: which of its users are there, and what it still has to announce. */
import {limits} from '@madang/protocol/limits';
import type {User} from '@madang/protocol/users';
import {tenantPlace, type Place} from '@madang/redis/occupancy';
import type {PresencePlace} from '../broadcast.ts';

export type PlaceState = {
  readonly place: PresencePlace;
  readonly key: Place;
  /** This node's users in occupancy, including those in their grace period. */
  readonly here: Set<string>;
  /** Arrivals that have not been announced. */
  readonly joined: Map<string, User>;
  /** Departures that have not been announced. */
  readonly left: Set<string>;
  /** Users of a tenant of whom something else has changed, and those of them as they were read. */
  readonly changed: Set<string>;
  news: User[];
  /** The last count sent to this node's connections, by any node. */
  told?: number;
  /** Whether the next digest reads the place's count. */
  isDirty: boolean;
};

export function newPlaceState(place: PresencePlace): PlaceState {
  return {
    place,
    key: keyOf(place),
    here: new Set(),
    joined: new Map(),
    left: new Set(),
    changed: new Set(),
    news: [],
    isDirty: false,
  };
}

export function keyOf({kind, id}: Omit<PresencePlace, 'tenantId'>): Place {
  return kind === 'room' ? id : tenantPlace(id);
}

/** True if too many people are there for names to be announced. */
export function isLarge({told = 0}: PlaceState): boolean {
  return told > limits.presenceNamesMaxOnline;
}

/** Removes and returns the names for the next announcement, arrivals first. */
export function takeNames({joined, left}: PlaceState): {joined: User[]; left: string[]} {
  const users = [...joined.values()].slice(0, limits.presenceNames);
  for (const {id} of users) joined.delete(id);
  const userIds = [...left].slice(0, limits.presenceNames - users.length);
  for (const id of userIds) left.delete(id);
  return {joined: users, left: userIds};
}

/** Removes and returns the ids of users to be read for the next announcement. */
export function takeChanged({changed}: PlaceState): string[] {
  const userIds = [...changed].slice(0, limits.presenceNames);
  for (const id of userIds) changed.delete(id);
  return userIds;
}

export function dropNames(state: PlaceState): void {
  state.joined.clear();
  state.left.clear();
  state.changed.clear();
  state.news = [];
}

export function hasNames({joined, left, changed}: PlaceState): boolean {
  return joined.size + left.size + changed.size > 0;
}
