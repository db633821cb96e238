import {expect, test} from 'vitest';
import {listUsers, searchStatement} from './directory.ts';
import {userKeys} from '../names/name-keys.ts';
import {roomKeys} from '../names/room-keys.ts';
import {listRooms, searchRoomsStatement} from '../rooms/rooms.ts';
import {searchAllRoomsStatement, searchUsersStatement} from '../operator/operator.ts';
import {queryKeys} from '../names/search-keys.ts';
import {createWorld} from '../../test/fixtures.ts';

const {db, query, tenantId} = await createWorld();

const people = 200_000;
const rooms = 50_000;
/** This many fit into a statement's time-out on a busy machine. */
const atOnce = 2_000;
const rarely = ['김하늘', 'Δημοσθένης', 'Москва'];
const nameOf = (no: number) => (no % 20_000 === 7 ? rarely[((no / 20_000) % 3) | 0]! : `user-${no}`);

/** The people and rooms of a large product, with the keys that the application would have made. */
async function crowd(): Promise<void> {
  const [owner] = await query<{id: string}>(`select id from users where tenant_id = $1`, [tenantId]);
  for (let from = 0; from < people; from += atOnce) {
    const names = Array.from({length: atOnce}, (_, no) => nameOf(from + no));
    const keys = names.map((name) => userKeys({tenantId, name}));
    const column = (at: number) => keys.map((each) => each[at]);
    await query(
      `with made as (
        insert into users (id, tenant_id, kind, name, name_key, shown_key, color, shown_skeleton, keys_stale)
        select gen_random_uuid(), $1, 'guest', name, lower(name) || no, lower(name), '#112233', skeleton, false
        from unnest($2::text[], $3::text[]) with ordinality as k (name, skeleton, no)
        returning id, name, name_key
      )
      insert into user_search (user_id, tenant_id, name_key, is_service, text, grams)
      select distinct on (made.id) made.id, $1, made.name_key, false, k.words, k.grams::int[]
      from made join unnest($2::text[], $4::text[], $5::text[]) as k (name, words, grams) using (name)`,
      [tenantId, names, column(1), column(2), column(3)],
    );
    if (from >= rooms) continue;
    const made = names.map((title) => roomKeys(tenantId, title));
    await query(
      `with made as (
        insert into rooms (id, tenant_id, title, visibility, owner_id, created_by, keys_stale)
        select gen_random_uuid(), $1, title, 'public', $2, $2, false from unnest($3::text[]) as title
        returning id, title, created_at
      )
      insert into room_search (room_id, tenant_id, created_at, text, grams)
      select distinct on (made.id) made.id, $1, made.created_at, k.words, k.grams::int[]
      from made join unnest($3::text[], $4::text[], $5::text[]) as k (title, words, grams) using (title)`,
      [tenantId, owner!.id, names, made.map(([words]) => words), made.map(([, grams]) => grams)],
    );
  }
  await query('analyze users, user_search, rooms, room_search');
}

test('reads no table from end to end among 200,000 people and 50,000 rooms', {timeout: 400_000}, async () => {
  await crowd();
  const plan = async (text: string, values: unknown[]) => {
    const rows = await query<Record<string, string>>(`explain ${text}`, values);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  for (const wanted of ['김하늘', '늘', 'ΔΗΜΟΣ', 'моск', 'user', 'us', 'user-19999', 'none at all']) {
    const {text, grams} = queryKeys(tenantId, wanted);
    const plans = [
      await plan(searchStatement.text, [tenantId, 50, null, null, false, text, grams, wanted, null]),
      await plan(searchRoomsStatement.text, [tenantId, 50, null, null, text, grams, wanted]),
    ];
    for (const each of plans) expect(each).not.toContain('Seq Scan');
  }
  // Many matches are sorted completely, and then one scan of the table may be cheapest.
  for (const wanted of ['김하늘', '늘', 'ΔΗΜΟΣ', 'user-19999', 'none at all']) {
    const {text, grams} = queryKeys(tenantId, wanted);
    const plans = {
      user_search_grams_idx: await plan(searchUsersStatement.text, [
        tenantId,
        100,
        text,
        grams,
        wanted,
        wanted,
      ]),
      room_search_grams_idx: await plan(searchAllRoomsStatement.text, [tenantId, 100, text, grams, wanted]),
    };
    for (const [index, each] of Object.entries(plans)) {
      expect(each).not.toContain('Seq Scan');
      expect(each).toContain(index);
    }
  }
  const counts = await Promise.all(
    ['김하늘', 'ΔΗΜΟΣ', 'моск', 'user-19999'].map(
      async (wanted) => (await listUsers(db, {tenantId, query: wanted, limit: 50})).users.length,
    ),
  );
  expect(counts).toEqual([4, 3, 3, 11]);
  const listed = await listRooms(db, {tenantId, query: '하늘', limit: 50});
  expect(listed.rooms.map(({title}) => title)).toEqual(['김하늘']);
});
