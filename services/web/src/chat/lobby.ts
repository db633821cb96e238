import type {Room} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';

/** The public rooms, newest first; undefined until they are loaded. */
export const lobby = createStore<{rooms?: readonly Room[]}>(() => ({}));

const pageSize = 200;
/** More rooms are found by searching. */
const maxRooms = 1_000;

let watchers = 0;
let generation = 0;
/** Changes that came while the list was being loaded. They may be newer than the list. */
let news: Map<string, Room | undefined> | undefined;

/** Keeps the list live until the returned function is called. */
export function watchLobby(): () => void {
  watchers += 1;
  if (watchers === 1) void begin();
  return () => {
    watchers -= 1;
    if (watchers > 0) return;
    generation += 1;
    void client.call('lobby:unwatch').catch(() => undefined);
  };
}

async function begin(): Promise<void> {
  generation += 1;
  const mine = generation;
  news = new Map();
  try {
    // The watch starts before the list is read, or a change in between would be missed.
    await client.call('lobby:watch');
    const listed = await listAll();
    if (mine !== generation) return;
    const byId = new Map(listed.map((room) => [room.id, room] as const));
    for (const [id, room] of news) apply(byId, id, room);
    news = undefined;
    lobby.setState({rooms: sorted(byId.values())});
  } catch {
    if (mine === generation && watchers > 0) setTimeout(() => mine === generation && void begin(), 1_000);
  }
}

async function listAll(): Promise<Room[]> {
  const all: Room[] = [];
  let after: string | undefined;
  do {
    const page = await client.call('room:list', {limit: pageSize, ...(after === undefined ? {} : {after})});
    all.push(...page.rooms);
    after = page.next;
  } while (after !== undefined && all.length < maxRooms);
  return all;
}

client.on('lobby:reset', () => {
  if (watchers > 0) void begin();
});

client.on('lobby:changed', ({opened, changed, closed}) => {
  const updates = [...opened, ...changed].map((room) => [room.id, room] as const);
  const all = [...updates, ...closed.map((id) => [id, undefined] as const)];
  if (news !== undefined) {
    for (const [id, room] of all) news.set(id, room);
    return;
  }
  const byId = new Map((lobby.getState().rooms ?? []).map((room) => [room.id, room] as const));
  for (const [id, room] of all) apply(byId, id, room);
  lobby.setState({rooms: sorted(byId.values())});
});

/** The higher rev wins. With equal revs, the later arrival wins. */
function apply(byId: Map<string, Room>, id: string, room: Room | undefined): void {
  if (room === undefined) byId.delete(id);
  else if (room.rev >= (byId.get(id)?.rev ?? 0)) byId.set(id, room);
}

function sorted(rooms: Iterable<Room>): readonly Room[] {
  return [...rooms].sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id));
}
