import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {listUsers, listUsersAmong} from './directory.ts';
import {checkSession, checkSessions, noteSeen, signOutSession} from '../access/sessions.ts';
import {findRoomAccess} from '../rooms/rooms.ts';
import {findTenantByHost} from '../operator/tenants.ts';
import {createWorld} from '../../test/fixtures.ts';
import {
  deleteUser,
  disableUser,
  enableUser,
  findUserByName,
  getUser,
  insertAccount,
  insertGuest,
  insertService,
  readUsers,
  signOutEverywhere,
  updateUser,
} from './users.ts';
import {putUser} from './external-users.ts';

const world = await createWorld();
const {db, tenantId, generalRoomId, account, guest, query} = world;

const register = (name: string) =>
  insertAccount(db, {tenantId, name, passwordHash: 'hash', color: '#112233'});

async function secondTenant(name: string, host: string) {
  const id = randomUUID();
  await query('select create_tenant($1, $2, $3, $4, $5)', [id, name, [host], randomUUID(), randomUUID()]);
  return id;
}

test('a name belongs to one account of its tenant, whatever its case, however many ask at once', async () => {
  const settled = await Promise.allSettled(['Mina', 'mina', 'MINA', 'ｍｉｎａ'].map(register));

  expect(settled.filter(({status}) => status === 'fulfilled')).toHaveLength(1);
  const refused = settled.find((one) => one.status === 'rejected');
  expect(refused).toMatchObject({reason: {code: 'conflict'}});
  const other = await secondTenant('other', 'other.example');
  await expect(
    insertAccount(db, {tenantId: other, name: 'mina', passwordHash: 'hash', color: '#112233'}),
  ).resolves.toMatchObject({tenantId: other});
  expect(await findUserByName(db, {tenantId, name: 'MiNa'})).toMatchObject({
    passwordHash: 'hash',
    sessionEpoch: 1,
  });
  expect(await findUserByName(db, {tenantId, name: 'nobody'})).toBeUndefined();
});

test('an account is in general from registration on, a guest is not', async () => {
  const [registered, visitor] = [await account(), await guest()];
  const access = (userId: string) => findRoomAccess(db, {tenantId, roomId: generalRoomId, userId});

  expect((await access(registered.id))!.membership).toMatchObject({role: 'member'});
  expect((await access(visitor.id))!.membership).toBeUndefined();
});

test('a tenant is found by its host, else it is the default one', async () => {
  const id = await secondTenant('shop', 'shop.example');

  expect(await findTenantByHost(db, 'shop.example')).toMatchObject({id, name: 'shop'});
  expect(await findTenantByHost(db, 'elsewhere.example')).toMatchObject({id: tenantId, name: 'default'});
});

test('a guest may share a name with guests, never with an account', async () => {
  await register('Sora');
  const service = await insertService(db, {tenantId, name: 'orders', color: '#112233'});
  const visitor = await guest('Visitor');
  expect(service.user.kind).toBe('service');

  await expect(guest('Visitor')).resolves.toMatchObject({kind: 'guest'});
  await expect(guest('SORA')).rejects.toMatchObject({code: 'conflict'});
  await expect(insertGuest(db, {tenantId, name: 'Orders', color: '#112233'})).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(updateUser(db, {tenantId, userId: visitor.id, displayName: 'sora'})).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(
    updateUser(db, {tenantId, userId: visitor.id, displayName: 'Ara', color: '#abcdef'}),
  ).resolves.toMatchObject({displayName: 'Ara', color: '#abcdef'});
});

test('a user is read only within the tenant, and not when gone', async () => {
  const user = await account();

  expect((await getUser(db, {tenantId, userId: user.id})).user).toEqual(user);
  await expect(getUser(db, {tenantId: randomUUID(), userId: user.id})).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(await readUsers(db, {tenantId, userIds: [user.id, randomUUID()]})).toMatchObject([{id: user.id}]);
  await deleteUser(db, {userId: user.id});
  await deleteUser(db, {userId: user.id});
  await expect(getUser(db, {tenantId, userId: user.id})).rejects.toMatchObject({code: 'not_found'});
  expect(await readUsers(db, {tenantId, userIds: [user.id]})).toEqual([]);
});

test('nothing that reaches a deleted user, or says how they were, is left', async () => {
  const [user, other] = [await account(), await account()];
  await query(
    `update users set email = 'a@b.example', verified_at = now(), status = '{"text": "on leave"}', dnd_until = now(),
      is_admin = true, directs = 'nobody' where id = $1`,
    [user.id],
  );
  await query('insert into blocks values ($1, $2), ($2, $1)', [user.id, other.id]);
  await query(`insert into thread_follows values ($1, 1, $2)`, [generalRoomId, user.id]);
  await query(`insert into mails values ($1, $2, $3, 'a@b.example', 'verify', '{}')`, [
    randomUUID(),
    tenantId,
    user.id,
  ]);
  await query(`insert into mail_tokens values ('hash', $1, $2, 'verify', 'a@b.example', now())`, [
    tenantId,
    user.id,
  ]);
  await query(`insert into push_subscriptions values ('hash', $1, 'session', 'https://push.example', '{}')`, [
    user.id,
  ]);
  await query('insert into pushes values ($1, $2, 1, now())', [user.id, generalRoomId]);

  await deleteUser(db, {userId: user.id});

  const left = await query(
    `select email, verified_at, status, dnd_until, is_admin, directs,
      (select count(*)::int from (
        select user_id from blocks union all select other_id from blocks union all select user_id from thread_follows
        union all select user_id from mails union all select user_id from mail_tokens
        union all select user_id from push_subscriptions union all select user_id from pushes) as of (user_id)
        where of.user_id = users.id) as rows
     from users where id = $1`,
    [user.id],
  );
  expect(left).toEqual([
    {email: null, verified_at: null, status: null, dnd_until: null, is_admin: false, directs: null, rows: 0},
  ]);
});

test('the name of an account that is gone is free again', async () => {
  const {user} = await register('phoenix');
  await deleteUser(db, {userId: user.id});

  await expect(register('phoenix')).resolves.toMatchObject({sessionEpoch: 1});
});

test('lists users by name, page by page, by query and by id', async () => {
  const tenant = await secondTenant('listed', 'listed.example');
  const names = ['Äpfel', 'apple', 'Banana', 'cherry', '100%_x'];
  const users = await Promise.all(
    names.map((name) => insertAccount(db, {tenantId: tenant, name, passwordHash: 'hash', color: '#112233'})),
  );
  const list = (more: {query?: string; after?: string; limit?: number}) =>
    listUsers(db, {tenantId: tenant, limit: 10, isService: true, ...more});

  const first = await list({limit: 3});
  const second = await list({limit: 3, after: first.next});
  expect([...first.users, ...second.users].map(({name}) => name)).toEqual([
    '100%_x',
    'apple',
    'Banana',
    'cherry',
    'madang',
    'Äpfel',
  ]);
  expect(second.next).toBeUndefined();
  expect((await list({query: 'AN'})).users.map(({name}) => name)).toEqual(['Banana', 'madang']);
  expect((await list({query: '%_'})).users.map(({name}) => name)).toEqual(['100%_x']);
  const ids = [users[3]!.user.id, users[2]!.user.id];
  const among = await listUsersAmong(db, {tenantId: tenant, query: 'err', limit: 10}, {ids});
  expect(among.users.map(({name}) => name)).toEqual(['cherry']);
});

test('a page ends in what everybody may know, and users of one name are each listed once', async () => {
  const tenant = await secondTenant('customers', 'customers.example');
  const externalIds = ['kim@one.example', 'kim@two.example', 'kim@three.example'];
  const put = (externalId: string) =>
    putUser(db, {tenantId: tenant, externalId, name: 'Kim', defaultColor: '#112233'});
  const users = await Promise.all(externalIds.map(put));

  const listed: string[] = [];
  let after: string | undefined;
  do {
    const {users: page, next} = await listUsers(db, {tenantId: tenant, query: 'kim', after, limit: 1});
    listed.push(...page.map(({id}) => id));
    after = next;
    expect(after === undefined ? '' : Buffer.from(after, 'base64url').toString()).not.toContain('.example');
  } while (after !== undefined);

  expect(listed).toEqual(users.map(({user}) => user.id).toSorted());
});

/** One user's sessions, one per device, which say which of them are valid. */
async function devices() {
  const user = await account();
  const session = (epoch: number) => ({userId: user.id, sessionHash: randomUUID(), epoch});
  return {user, phone: session(1), laptop: session(1)};
}

test('a session is valid until it is signed out, and only that one', async () => {
  const {user, phone, laptop} = await devices();

  await signOutSession(db, {sessionHash: phone.sessionHash, userId: user.id});

  expect(await checkSession(db, phone)).toBeUndefined();
  expect(await checkSession(db, laptop)).toMatchObject({user: {id: user.id}, tenantId, sessionEpoch: 1});
});

test('a password change ends every session but the one that made it', async () => {
  const {user, phone, laptop} = await devices();

  await updateUser(db, {
    tenantId,
    userId: user.id,
    passwordHash: 'next',
    keepSessionHash: laptop.sessionHash,
  });

  expect(await checkSession(db, phone)).toBeUndefined();
  expect(await checkSession(db, laptop)).toMatchObject({sessionEpoch: 2});
  expect((await getUser(db, {tenantId, userId: user.id})).passwordHash).toBe('next');
  await signOutEverywhere(db, {tenantId, userId: user.id});
  expect(await checkSession(db, laptop)).toBeUndefined();
  expect(await checkSession(db, {...phone, epoch: 3})).toBeDefined();
});

test('disabling and deleting end all sessions, and enabling revives none', async () => {
  const {user, phone} = await devices();

  await disableUser(db, {tenantId, userId: user.id});
  expect(await checkSession(db, {...phone, epoch: 2})).toBeUndefined();
  await enableUser(db, {tenantId, userId: user.id});
  expect(await checkSession(db, phone)).toBeUndefined();
  expect(await checkSession(db, {...phone, epoch: 2})).toBeDefined();
  await deleteUser(db, {userId: user.id});
  expect(await checkSession(db, {...phone, epoch: 3})).toBeUndefined();
  await expect(disableUser(db, {tenantId, userId: user.id})).rejects.toMatchObject({code: 'not_found'});
});

test('checks many sessions at once, in the order asked', async () => {
  const [one, two] = [await devices(), await devices()];
  await signOutEverywhere(db, {tenantId, userId: two.user.id});

  const checked = await checkSessions(db, [
    two.phone,
    one.phone,
    {...one.laptop, userId: randomUUID()},
    one.laptop,
  ]);

  expect(checked.map((found) => found?.user.id)).toEqual([undefined, one.user.id, undefined, one.user.id]);
  expect(await checkSessions(db, [])).toEqual([]);
});

test('every revocation writes its signal in the same transaction', async () => {
  const {user, phone} = await devices();
  await signOutSession(db, {sessionHash: phone.sessionHash, userId: user.id});
  await updateUser(db, {tenantId, userId: user.id, passwordHash: 'next'});
  await signOutEverywhere(db, {tenantId, userId: user.id});
  await disableUser(db, {tenantId, userId: user.id});
  await enableUser(db, {tenantId, userId: user.id});
  await updateUser(db, {tenantId, userId: user.id, color: '#000000'});
  await deleteUser(db, {userId: user.id});

  const kinds = await query<{kind: string}>(
    "select kind from signals where user_id = $1 and kind <> 'joined' order by id",
    [user.id],
  );

  expect(kinds.map(({kind}) => kind)).toEqual(['session', 'user', 'user', 'user', 'user', 'user', 'user']);
});

test('notes that a user was seen at most once a day', async () => {
  const user = await guest('Seen');
  const seenAt = async () =>
    (await query<{at: string}>('select seen_at::text as at from users where id = $1', [user.id]))[0]!.at;
  const made = await seenAt();
  await noteSeen(db, {userIds: [user.id]});
  const before = await seenAt();
  expect(before).not.toBe(made);
  await noteSeen(db, {userIds: [user.id]});
  expect(await seenAt()).toBe(before);

  await query(`update users set seen_at = now() - interval '2 days' where id = $1`, [user.id]);
  await noteSeen(db, {userIds: [user.id]});

  expect(Date.parse(await seenAt())).toBeGreaterThan(Date.now() - 60_000);
});
