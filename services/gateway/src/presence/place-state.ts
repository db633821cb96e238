/** What a node knows of one place: which users are there through this node, and what it still has to announce. */
import {limits} from '@madang/protocol/limits';
import type {User} from '@madang/protocol/users';
import {tenantPlace, type Place} from '@madang/redis/occupancy';
import type {PresencePlace} from '../broadcast.ts';

export type PlaceState = {
  readonly place: PresencePlace;
  readonly key: Place;
  /** This node's users in occupancy, those in their grace period included. */
  readonly here: Set<string>;
  /** Arrivals that are not announced yet. */
  readonly joined: Map<string, User>;
  /** Departures that are not announced yet. */
  readonly left: Set<string>;
  /** The last count that this node's connections were sent, by whichever node. */
  told?: number;
  /** Whether the next digest reads the place's count. */
  isDirty: boolean;
};

export function newPlaceState(place: PresencePlace): PlaceState {
  return {place, key: keyOf(place), here: new Set(), joined: new Map(), left: new Set(), isDirty: false};
}

export function keyOf({kind, id}: Omit<PresencePlace, 'tenantId'>): Place {
  return kind === 'room' ? id : tenantPlace(id);
}

/** True if so many people are there that names are not announced. */
export function isLarge({told = 0}: PlaceState): boolean {
  return told > limits.presenceNamesMaxOnline;
}

/** Takes out the names of the next announcement, arrivals first. */
export function takeNames({joined, left}: PlaceState): {joined: User[]; left: string[]} {
  const users = [...joined.values()].slice(0, limits.presenceNames);
  for (const {id} of users) joined.delete(id);
  const userIds = [...left].slice(0, limits.presenceNames - users.length);
  for (const id of userIds) left.delete(id);
  return {joined: users, left: userIds};
}

export function dropNames({joined, left}: PlaceState): void {
  joined.clear();
  left.clear();
}

export function hasNames({joined, left}: PlaceState): boolean {
  return joined.size + left.size > 0;
}
