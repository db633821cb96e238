import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {addApiKey} from '../access/api-keys.ts';
import {signInIdentity} from '../access/identities.ts';
import {addMember, joinRoom, updateMember} from '../rooms/members.ts';
import {keepUserKeys} from './name-keys.ts';
import {createWorld} from '../../test/fixtures.ts';
import {insertAccount, insertGuest, updateUser} from '../users/users.ts';
import {putUser} from '../users/external-users.ts';

const world = await createWorld();
const {db, adminDb, tenantId, account, guest, room, join, member, query} = world;
const color = '#112233';

const register = (name: string, displayName?: string) =>
  insertAccount(db, {tenantId, name, displayName, passwordHash: 'hash', color});
const rename = (userId: string, displayName: string) => updateUser(db, {tenantId, userId, displayName});
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: {code: string}) => error.code,
  );
const refusedAs = (reason: string) => ({
  code: 'conflict',
  message: expect.stringContaining('Choose another one'),
  details: {reason},
});

test('nobody takes a name that looks like the one an account or a service signs in with', async () => {
  const owner = await register('Nabi.Park');
  await addApiKey(adminDb, {tenantId, service: 'order-desk'});
  const [other, visitor] = [await account(), await guest()];

  const looks = [
    'nabi.park',
    'Nаbi.Pаrk',
    'ＮＡＢＩ．ＰＡＲＫ',
    'nab1.park',
    'N a b i . Park',
    'оrder-desk',
    'order‐desk',
  ];
  for (const name of looks) {
    await expect(insertGuest(db, {tenantId, name, color})).rejects.toMatchObject(refusedAs('account_name'));
    await expect(rename(visitor.id, name)).rejects.toMatchObject(refusedAs('account_name'));
    await expect(rename(other.id, name)).rejects.toMatchObject(refusedAs('account_name'));
    await expect(register(`u-${randomUUID().slice(0, 8)}`, name)).rejects.toMatchObject(
      refusedAs('account_name'),
    );
  }

  await expect(register('Nаbi.Park')).rejects.toMatchObject({code: 'conflict'});
  await expect(rename(owner.user.id, 'NABI.park')).resolves.toMatchObject({displayName: 'NABI.park'});
});

test('two accounts may be shown alike', async () => {
  const [one, other] = [await register('haneul1', 'Haneul'), await account()];

  await expect(rename(other.id, 'Haneul')).resolves.toMatchObject({displayName: 'Haneul'});
  expect(one.user.displayName).toBe('Haneul');
});

test('a name that a product or a provider gives is never refused', async () => {
  await register('taken');
  const put = (externalId: string, displayName?: string) =>
    putUser(db, {tenantId, externalId, name: 'taken', displayName, defaultColor: color});
  const identity = {provider: 'github', subject: randomUUID()};

  expect(await code(put('one'))).toBe('ok');
  expect(await code(put('two', 'Tаken'))).toBe('ok');
  expect(
    await code(signInIdentity(db, identity, {tenantId, name: 'taken-2', displayName: 'taken', color})),
  ).toBe('ok');
});

test('of many who ask at once for names that look alike, one gets it', async () => {
  const names = ['Minseo', 'Мinseo', 'MINSEO', 'Minsео', 'Minsеo', 'Minseο'];

  const codes = await Promise.all(names.map((name) => code(register(name))));

  expect(codes.toSorted()).toEqual([...names.slice(1).map(() => 'conflict'), 'ok']);
});

test('a guest is not shown as an account is, and is told why', async () => {
  await register('seulgi7', 'Seulgi');
  await putUser(db, {tenantId, externalId: randomUUID(), name: 'Bora Lim', defaultColor: color});
  const visitor = await guest();

  for (const name of ['Seulgi', 'bora lim']) {
    await expect(insertGuest(db, {tenantId, name, color})).rejects.toMatchObject(refusedAs('account_name'));
    await expect(rename(visitor.id, name)).rejects.toMatchObject(refusedAs('account_name'));
  }
});

test('a name and a name to be shown by that look alike do not pass each other', async () => {
  for (let round = 0; round < 10; round += 1) {
    const [name, lookalike] = [`race-o${round}`, `race-о${round}`];
    const visitor = await guest();

    const codes = await Promise.all([code(register(name)), code(rename(visitor.id, lookalike))]);

    // The guest may have come first: at that time the account's name was still free.
    expect(codes[0]).toBe('ok');
    const asked = await code(rename((await guest()).id, lookalike));
    expect(asked).toBe('conflict');
  }
});

test('nobody is shown as those are who look after a room that they are in', async () => {
  const owner = await register('jiho77', 'Jiho');
  const {id} = await room(owner.user.id);
  const [visitor, other] = [await guest(), await account()];
  for (const {id: userId} of [visitor, other]) await join(id, userId);

  await expect(rename(visitor.id, 'Jihо')).rejects.toMatchObject(refusedAs('staff_name'));
  await expect(rename(other.id, 'JIHO')).rejects.toMatchObject(refusedAs('staff_name'));

  const stranger = await account();
  await rename(stranger.id, 'Jiho');
  await expect(join(id, stranger.id)).rejects.toMatchObject({code: 'conflict'});
  await rename(stranger.id, 'Jiho Kim');
  expect(await code(join(id, stranger.id))).toBe('ok');
});

test('two customers of one name get into a room that a third of that name looks after', async () => {
  const put = async (externalId: string) =>
    (await putUser(db, {tenantId, externalId, name: 'Kim', defaultColor: color})).user;
  const [owner, first, second] = [await put('kim-0'), await put('kim-1'), await put('kim-2')];
  const {id} = await room(owner.id);

  expect(await code(join(id, first.id))).toBe('ok');
  await rename(second.id, 'Another');
  await expect(rename(first.id, 'Kіm')).rejects.toMatchObject({code: 'conflict'});
  await rename(second.id, 'Kim');
  await expect(join(id, second.id)).rejects.toMatchObject({code: 'conflict'});
  await putUser(db, {tenantId, externalId: 'kim-2', name: 'Kim', displayName: 'Kim B', defaultColor: color});
  expect(await code(join(id, second.id))).toBe('ok');
});

test('nobody is locked out because a member of their name becomes a moderator', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const [one, other] = [await account(), await account()];
  for (const each of [one, other]) {
    await rename(each.id, 'Sumin');
    await join(id, each.id);
  }

  await updateMember(db, await member(id, owner.id), {userId: one.id, role: 'moderator'});

  expect(await code(join(id, other.id))).toBe('ok');
  await expect(updateUser(db, {tenantId, userId: other.id, color})).resolves.toMatchObject({
    displayName: 'Sumin',
  });
  const third = await account();
  await rename(third.id, 'Sumin');
  expect(await code(addMember(db, await member(id, owner.id), {userId: third.id}))).toBe('ok');
});

test('joining and taking the name of its owner do not pass each other', async () => {
  const owner = await register('seojun77', 'Seojun');
  for (let round = 0; round < 10; round += 1) {
    const {id} = await room(owner.user.id);
    const visitor = await guest();

    const codes = await Promise.all([
      code(joinRoom(db, {tenantId, roomId: id, userId: visitor.id})),
      code(rename(visitor.id, 'Sеojun')),
    ]);

    expect(codes.toSorted()).toEqual(['conflict', 'ok']);
  }
});

test('what an older release has written gets its keys, and is protected by its rule until then', async () => {
  await query(
    `select insert_account($1, $2, 'old-timer', 'old-timer', null, 'old-timer', 'hash', '#112233')`,
    [randomUUID(), tenantId],
  );
  const renamed = await register('newcomer', 'New');
  await query(`select update_user($1, $2, '{"displayName": "Newer"}', 'newer')`, [tenantId, renamed.user.id]);

  expect(await code(insertGuest(db, {tenantId, name: 'OLD-TIMER', color}))).toBe('conflict');
  while ((await keepUserKeys(db, {limit: 2})) > 0);

  expect(await code(insertGuest(db, {tenantId, name: 'оld-timer', color}))).toBe('conflict');
  expect(
    await query('select shown_skeleton, keys_stale from users where id = $1', [renamed.user.id]),
  ).toEqual([{shown_skeleton: 'newer', keys_stale: false}]);
  expect(await query('select text from user_search where user_id = $1', [renamed.user.id])).toEqual([
    {text: 'newcomer\nnewer'},
  ]);
});
