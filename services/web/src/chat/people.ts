import type {User} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {nameOf} from '../ui/person.tsx';
import {client} from './client.ts';
import {whisperPartner} from './room-title.ts';
import {session} from './session.ts';
import {findShared} from './shared-names.ts';

/** Who is online in the whole cluster, if their names are known. */
export type People = {online: number; users: ReadonlyMap<string, User>};

const nobody: People = {online: 0, users: new Map()};

export const people = createStore<People>(() => nobody);

/** Everyone met so far, by id, because an event about someone's leaving has no name. */
const met = new Map<string, User>();

/**
 * The current names of people by id, if known. A message keeps the name under which it was sent; if the current name
 * differs, it is shown beside it. `shared` has the keys of names that more than one person has.
 */
export const presentNames = createStore<{byId: ReadonlyMap<string, string>; shared: ReadonlySet<string>}>(
  () => ({byId: new Map(), shared: new Set()}),
);

export function meet(users: readonly User[]): void {
  const isNew = users.some(({id}) => !met.has(id));
  for (const user of users) met.set(user.id, user);
  noteNames(
    users.map((user) => [user.id, nameOf(user)]),
    isNew,
  );
}

/** With `isNew`, names are updated even if a message has given them before, because the new source knows more. */
function noteNames(names: readonly (readonly [id: string, name: string])[], isNew = false): void {
  const {byId: known} = presentNames.getState();
  const changed = names.filter(([id, name]) => known.get(id) !== name);
  if (changed.length === 0 && !isNew) return;
  const byId = new Map([...known, ...changed]);
  presentNames.setState({byId, shared: findShared(byId.values())});
}

client.on('message', ({sender}) => noteNames([[sender.id, sender.name]]));

// The members in a room's state may have older names than those already known.
client.stores.rooms.subscribe(() => {
  const partners = client.stores.rooms.snapshot().flatMap(({room}) => whisperPartner(room) ?? []);
  const unmet = partners.filter(({id}) => !met.has(id));
  if (unmet.length > 0) meet(unmet);
});

export function personOf(userId: string): User | undefined {
  return met.get(userId);
}

type Arrivals = {joined: readonly User[]; left: readonly User[]};
type Listener = (arrivals: Arrivals) => void;
const listeners = new Set<Listener>();

/** Reports who came online and who left, in the whole cluster. */
export function onArrivals(listener: Listener): void {
  listeners.add(listener);
}

async function watch(): Promise<void> {
  const {online, users} = await client.call('presence:watch');
  meet(users);
  people.setState({online, users: byId(users)});
}

client.on('presence:changed', ({online, joined, left, changed = []}) => {
  const {users} = people.getState();
  meet([...joined, ...changed]);
  const gone = left.flatMap((id) => met.get(id) ?? []);
  const came = joined.filter(({id}) => !users.has(id));
  const next = new Map(users);
  for (const user of joined) next.set(user.id, user);
  for (const user of changed) if (next.has(user.id)) next.set(user.id, user);
  for (const id of left) next.delete(id);
  people.setState({online, users: next});
  if (came.length + gone.length === 0) return;
  for (const listener of listeners) listener({joined: came, left: gone});
});

// Once for each user, because the client watches again by itself on later connections.
let isWatched = false;
client.stores.status.subscribe(() => {
  const {isReady} = client.stores.status.snapshot();
  if (isReady && !isWatched) void watch().catch(() => undefined);
  isWatched = isReady;
});
session.subscribe(({user}, before) => {
  if (user === undefined && before.user !== undefined) people.setState(nobody, true);
  if (user !== undefined) meet([user]);
});

const byId = (users: readonly User[]) => new Map(users.map((user) => [user.id, user] as const));
