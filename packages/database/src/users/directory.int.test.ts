import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {listUsers} from './directory.ts';
import {keepUserKeys} from '../names/name-keys.ts';
import {keepRoomKeys} from '../names/room-keys.ts';
import {listRooms, updateRoom} from '../rooms/rooms.ts';
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

/** Search texts, and the names that they find. */
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
