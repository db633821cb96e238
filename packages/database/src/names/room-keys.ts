/** The keys by which rooms are found. */
import type {Database} from '../connections/pool.ts';
import {searchKeys} from './search-keys.ts';

/** In the order of set_room_keys. */
export function roomKeys(tenantId: string, title: string): [string, string] {
  const {text, grams} = searchKeys(tenantId, [title]);
  return [text, grams];
}

type StaleRoom = {id: string; tenantId: string; title: string};

const listStale = {
  name: 'list_stale_rooms',
  text: `
    select id, tenant_id as "tenantId", title from rooms
    where keys_stale and closed_at is null limit $1`,
};
const writeAll = {
  name: 'set_all_room_keys',
  text: `
    select set_room_keys(id, title, words, grams::int[])
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as k (id, title, words, grams)`,
};

/** Makes the keys of rooms that have none: an older release made or renamed them. Returns how many it checked. */
export async function keepRoomKeys(db: Database, {limit}: {limit: number}): Promise<number> {
  const rooms = await db.query<StaleRoom>(listStale, [limit]);
  if (rooms.length === 0) return 0;
  const keys = rooms.map(({tenantId, title}) => roomKeys(tenantId, title));
  await db.query(writeAll, [
    rooms.map(({id}) => id),
    rooms.map(({title}) => title),
    keys.map(([text]) => text),
    keys.map(([, grams]) => grams),
  ]);
  return rooms.length;
}
