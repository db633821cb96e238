import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {listUsers, searchStatement} from './directory.ts';
import {keepUserKeys, userKeys} from '../names/name-keys.ts';
import {keepRoomKeys, roomKeys} from '../names/room-keys.ts';
import {listRooms, searchRoomsStatement, updateRoom} from '../rooms/rooms.ts';
import {searchAllRoomsStatement, searchUsersStatement} from '../operator/operator.ts';
import {queryKeys} from '../names/search-keys.ts';
import {createWorld} from '../../test/fixtures.ts';
import {deleteUser, insertAccount, insertGuest, updateUser} from './users.ts';

const world = await createWorld();
const {db, account, room, member, query} = world;
const color = '#112233';

async function tenantOf(name: string): Promise<string> {
  const id = randomUUID();
  await query('select create_tenant($1, $2, $3, $4, $5)', [
    id,
    name,
    [`${name}.example`],
    randomUUID(),
    randomUUID(),
  ]);
  return id;
}

async function found(tenantId: string, wanted: string): Promise<string[]> {
  const {users} = await listUsers(db, {tenantId, query: wanted, limit: 50});
  return users.map(({name, displayName}) => displayName ?? name);
}

/** What people write, and what they call each other. */
const pairs = [
  ['москва', 'Москва'],
  ['МОСК', 'Москва'],
  ['δημος α', 'ΔΗΜΟΣ ΑΘΗΝΑΙΩΝ'],
  ['ΔΗΜΟΣΘΕΝΗΣ', 'Δημοσθένης'],
  ['unal', 'Ünal'],
  ['kim', 'Ｋｉｍ'],
  ['지수', '김지수'],
  ['수', '김지수'],
  ['김지', '김지수'],
  ['김지수'.normalize('NFD'), '김지수'],
  ['cafe', 'Cafe\u0301'],
  ['ｶﾞｸ', 'ガク'],
  ['an', 'Banana'],
] as const;

test('finds people whatever case, accents, width and normal form a name is written in', async () => {
  const tenantId = await tenantOf('scripts');
  for (const name of new Set(pairs.map(([, shown]) => shown))) {
    await insertGuest(db, {tenantId, name, color});
  }

  for (const [wanted, name] of pairs)
    expect([wanted, await found(tenantId, wanted)]).toEqual([wanted, [name]]);
});

test('finds rooms whatever case, accents, width and normal form a title is written in', async () => {
  const owner = await account();
  const tenantId = world.tenantId;
  const titles = [...new Set(pairs.map(([, title]) => title))];
  for (const title of titles) await room(owner.id, {title});
  const search = async (wanted: string) =>
    (await listRooms(db, {tenantId, query: wanted, limit: 50})).rooms.map(({title}) => title);

  for (const [wanted, title] of pairs) expect([wanted, await search(wanted)]).toEqual([wanted, [title]]);

  const {id} = await room(owner.id, {title: 'Attic'});
  await updateRoom(db, await member(id, owner.id), {title: 'Çatı'});
  expect([await search('attic'), await search('cati')]).toEqual([[], ['Çatı']]);
  await query(`update rooms set title = 'Ελλάδα' where id = $1`, [id]);
  expect([await search('cati'), await search('Ελλά')]).toEqual([[], ['Ελλάδα']]);
  while ((await keepRoomKeys(db, {limit: 2})) > 0);
  expect(await search('ελλαδα')).toEqual(['Ελλάδα']);
});

test('a name that is changed is found by the new one alone, and one that is gone by none', async () => {
  const tenantId = await tenantOf('changing');
  const {user} = await insertAccount(db, {
    tenantId,
    name: 'hana',
    displayName: 'Été',
    passwordHash: 'hash',
    color,
  });
  expect(await found(tenantId, 'ete')).toEqual(['Été']);

  await updateUser(db, {tenantId, userId: user.id, displayName: 'Hiver'});
  expect([await found(tenantId, 'ete'), await found(tenantId, 'hiv')]).toEqual([[], ['Hiver']]);
  expect(await found(tenantId, 'HANA')).toEqual(['Hiver']);

  await deleteUser(db, {userId: user.id});
  expect([await found(tenantId, 'hiv'), await found(tenantId, 'deleted')]).toEqual([[], []]);
  expect(await query('select from user_search where user_id = $1', [user.id])).toEqual([]);
});

test('whom an older release has written is found by its rule, then by this one', async () => {
  const tenantId = await tenantOf('older');
  await query(`select insert_guest($1, $2, 'Zoë', 'zoë', '#112233')`, [randomUUID(), tenantId]);
  expect([await found(tenantId, 'zoë'), await found(tenantId, 'zoe')]).toEqual([['Zoë'], []]);

  while ((await keepUserKeys(db, {limit: 2})) > 0);

  expect([await found(tenantId, 'ZOË'), await found(tenantId, 'zoe')]).toEqual([['Zoë'], ['Zoë']]);
});

test('services are not among the people', async () => {
  const tenantId = await tenantOf('served');

  expect(await listUsers(db, {tenantId, limit: 10})).toEqual({users: []});
  expect(await found(tenantId, 'madang')).toEqual([]);
  const {users} = await listUsers(db, {tenantId, query: 'madang', limit: 10, isService: true});
  expect(users.map(({kind}) => kind)).toEqual(['service']);
});

test.each(['a', ' b ', 'é', '\u0301', '-'])('%j says too little to be looked for', async (wanted) => {
  await expect(found(world.tenantId, wanted)).rejects.toMatchObject({code: 'invalid'});
});

const people = 200_000;
const rooms = 50_000;
/** So many fit into a statement's time on a busy machine. */
const atOnce = 2_000;
const rarely = ['김하늘', 'Δημοσθένης', 'Москва'];
const nameOf = (no: number) => (no % 20_000 === 7 ? rarely[((no / 20_000) % 3) | 0]! : `user-${no}`);

/** As many people and rooms as a large product has, with the keys that the application would have made. */
async function crowd(tenantId: string): Promise<void> {
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
  const tenantId = await tenantOf('crowded');
  await crowd(tenantId);
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
  // What many have is sorted whole, and then one reading of the table may be the cheapest.
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
    ['김하늘', 'ΔΗΜΟΣ', 'моск', 'user-19999'].map(async (wanted) => (await found(tenantId, wanted)).length),
  );
  expect(counts).toEqual([4, 3, 3, 11]);
  const listed = await listRooms(db, {tenantId, query: '하늘', limit: 50});
  expect(listed.rooms.map(({title}) => title)).toEqual(['김하늘']);
});
