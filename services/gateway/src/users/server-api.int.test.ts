import {randomUUID} from 'node:crypto';
import {addApiKey, revokeApiKey} from '@madang/database/access/api-keys';
import {findRoomAccess} from '@madang/database/rooms/rooms';
import {insertTenant, type Tenant} from '@madang/database/operator/tenants';
import {deleteUser, disableUser, enableUser} from '@madang/database/users/users';
import {newSecret} from '@madang/database/access/secrets';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {password, startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
let tenant: Tenant;
let key: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix});
  tenant = await app.identify.tenantOf({headers: {}, socket: {}});
  ({key} = await addApiKey(app.adminDb, {tenantId: tenant.id, service: 'shop'}));
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

type Body = Record<string, unknown>;
const bearer = (token: string) => ({authorization: `Bearer ${token}`});
const asService = (method: string, path: string, body?: Body, withKey = key) =>
  app.api(method, path, {headers: bearer(withKey), body});
const put = (externalId: string, body: Body, withKey = key) =>
  asService('PUT', `/users/${encodeURIComponent(externalId)}`, body, withKey);
const redeem = (body: Body, options = {}) => app.api('POST', '/auth/ticket', {body, ...options});
const refused = (status: number, code: string) => ({status, body: {error: {code}}});

async function ticketOf(userId: string): Promise<string> {
  const {body} = await asService('POST', '/auth/tickets', {userId});
  return (body as unknown as {ticket: string}).ticket;
}

async function customer(): Promise<string> {
  const {body} = await put(randomUUID(), {name: 'Customer'});
  return body.user!.id;
}

test("makes a product's user once, however often and at once it is asked, and updates what is given", async () => {
  const made = await Promise.all(Array.from({length: 20}, () => put('c/7', {name: 'Kim Minsu'})));

  expect(made.map(({status}) => status)).toEqual(Array(20).fill(200));
  const [user] = made.map(({body}) => body.user!);
  for (const {body} of made) expect(body.user).toEqual(user);
  expect(user).toEqual({
    id: expect.any(String),
    kind: 'account',
    name: 'Kim Minsu',
    color: expect.stringMatching(/^#[0-9a-f]{6}$/),
    externalId: 'c/7',
    createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  const general = {tenantId: tenant.id, roomId: tenant.defaultRoomIds[0]!, userId: user!.id};
  expect((await findRoomAccess(app.node.db, general))?.membership?.role).toBe('member');

  const renamed = await put('c/7', {name: 'Kim Minsu', displayName: 'Minsu', color: '#123456'});
  expect(renamed.body.user).toEqual({...user, displayName: 'Minsu', color: '#123456'});
  app.signals.length = 0;
  expect((await put('c/7', {name: 'Kim Minsu'})).body.user).toEqual(renamed.body.user);
  expect(app.signals).toEqual([]);
});

test("keeps a product's own object with its user as it was given, for services, the user and lists", async () => {
  const data = {plan: null, tags: ['a', {b: null}], small: 1e-300};
  const {body} = await put('with-data', {name: 'Data', data});
  const {id} = body.user!;
  expect(body.user).toMatchObject({externalId: 'with-data', data});
  expect((await put('with-data', {name: 'Data'})).body.user).toEqual(body.user);

  const {cookie} = await redeem({ticket: await ticketOf(id)});
  const me = (await app.api('GET', '/me', {cookie})).body.user!;
  // `seenAt` is updated in the background.
  expect({...me, seenAt: undefined}).toEqual(body.user);
  const {color} = body.user!;
  const other = await app.register('looks-on');
  const shown = {id, kind: 'account', name: 'Data', color, data};
  const listed = async (path: string, key: 'users' | 'members') =>
    JSON.stringify((await app.api('GET', path, {cookie: other.cookie})).body[key as 'users']);
  expect(JSON.parse(await listed('/users?query=data', 'users'))).toEqual([{...shown, online: false}]);
  const members = await listed(`/rooms/${tenant.defaultRoomIds[0]!}/members?limit=200`, 'members');
  expect(JSON.parse(members)).toContainEqual({user: shown, role: 'member', online: false});

  const replaced = await put('with-data', {name: 'Data', data: {plan: 'pro'}});
  expect({...replaced.body.user, seenAt: undefined}).toEqual({...body.user, data: {plan: 'pro'}});
  const emptied = await put('with-data', {name: 'Data', data: {}});
  expect({...emptied.body.user, seenAt: undefined}).toEqual({...body.user, data: {}});
});

test("a service gets any user of its tenant by the product's own id, or by id: and Madang's", async () => {
  const {body} = await put('get/me', {name: 'Ann', data: {a: 1}});
  const get = (user: string, withKey = key) =>
    asService('GET', `/users/${encodeURIComponent(user)}`, undefined, withKey);

  expect(await get('get/me')).toMatchObject({status: 200, body: {user: body.user}});
  expect((await get(`id:${body.user!.id.toUpperCase()}`)).body).toEqual({user: body.user});
  const {user: account} = await app.register('gets-read');
  expect((await get(`id:${account.id}`)).body.user).toEqual(account);
  const {body: me} = await asService('GET', '/me');
  expect((await get(`id:${me.user!.id}`)).body.user).toEqual(me.user);

  const other = await insertTenant(app.adminDb, {name: 'gets', hosts: ['gets.example']});
  const foreign = await addApiKey(app.adminDb, {tenantId: other.id, service: 'shop'});
  for (const wrong of [body.user!.id, `id:${randomUUID()}`, 'id:7x', 'nobody', 'GET/me'])
    expect(await get(wrong)).toMatchObject(refused(404, 'not_found'));
  expect(await get('get/me', foreign.key)).toMatchObject(refused(404, 'not_found'));
  expect(await get(`id:${account.id}`, foreign.key)).toMatchObject(refused(404, 'not_found'));
  expect(await get('x'.repeat(129))).toMatchObject(refused(400, 'invalid'));
});

test.each([
  ['no object', {data: []}],
  ['more than 4 KiB', {data: {a: 'x'.repeat(4_096)}}],
  ['U+0000', {data: {a: '\u0000'}}],
])('refuses data with %s', async (_what, more) => {
  expect(await put('bad-data', {name: 'Data', ...more})).toMatchObject(refused(400, 'invalid'));
});

test("an own id that reads as one of Madang's is refused, and a service sees one that only looks so", async () => {
  expect(await put(`id:${randomUUID()}`, {name: 'Two'})).toMatchObject(refused(400, 'invalid'));
  expect((await put('id:7', {name: 'Seven'})).body.user).toMatchObject({externalId: 'id:7'});
});

test("a product's users may share a name, with each other and with an account, and cannot sign in by it", async () => {
  await app.register('same');
  const [one, two] = [await put('one', {name: 'same'}), await put('two', {name: 'same'})];

  expect(new Set([one.body.user!.id, two.body.user!.id]).size).toBe(2);
  const {status, body} = await app.api('POST', '/auth/login', {body: {username: 'same', password}});
  expect({status, name: body.user!.name}).toEqual({status: 200, name: 'same'});
  expect(body.user!.id).not.toBe(one.body.user!.id);
  const {body: found} = await asService('GET', '/users?query=same');
  expect(found.users).toHaveLength(3);
  // The product's own ids are private, so nobody finds a user by one.
  expect((await asService('GET', '/users?query=two')).body.users).toEqual([]);
});

test('a user who was deleted is another one when it comes again', async () => {
  const {body} = await put('gone', {name: 'Ann'});
  await deleteUser(app.node.db, {userId: body.user!.id});

  const again = await put('gone', {name: 'Ann'});

  expect(again.status).toBe(200);
  expect(again.body.user!.id).not.toBe(body.user!.id);
});

test('a ticket signs in once, by cookie', async () => {
  const userId = await customer();
  const ticket = await ticketOf(userId);

  const {status, body, cookie} = await redeem({ticket});

  expect({status, id: body.user?.id}).toEqual({status: 200, id: userId});
  expect((await app.api('GET', '/users', {cookie})).status).toBe(200);
  expect(await redeem({ticket})).toMatchObject({...refused(401, 'unauthenticated'), setCookie: undefined});
});

test('or by a token, and then sets no cookie', async () => {
  const userId = await customer();

  const {status, body, setCookie} = await redeem({ticket: await ticketOf(userId), token: true});

  const {token} = body as {token?: string};
  expect({status, setCookie, token}).toEqual({
    status: 200,
    setCookie: undefined,
    token: expect.stringMatching(/^mds_/),
  });
  const asUser = (method: string, path: string) => app.api(method, path, {headers: bearer(token!)});
  expect(await asUser('GET', '/users')).toMatchObject({status: 200, setCookie: undefined});
  expect(await asUser('POST', '/auth/logout')).toMatchObject({status: 204, setCookie: undefined});
  expect(await asUser('GET', '/users')).toMatchObject(refused(401, 'unauthenticated'));
});

test('a token takes the place of the cookie that the request came with', async () => {
  const {cookie} = await app.register('page');

  const answer = await redeem({ticket: await ticketOf(await customer()), token: true}, {cookie});

  expect(answer).toMatchObject({status: 200, setCookie: expect.stringMatching(/^madang=; .*1970/)});
});

test('signing in by a ticket ends the session that the request came with', async () => {
  const {cookie: before} = await app.register('before');

  const {cookie} = await redeem({ticket: await ticketOf(await customer())}, {cookie: before});

  expect((await app.api('GET', '/users', {cookie})).status).toBe(200);
  expect(await app.api('GET', '/users', {cookie: before})).toMatchObject(refused(401, 'unauthenticated'));
});

test('an expired ticket, one of a revoked key and one that was never made sign nobody in', async () => {
  const userId = await customer();
  const expired = await ticketOf(userId);
  await app.node.db.query({name: '', text: `update tickets set expires_at = clock_ms()`});
  const second = await addApiKey(app.adminDb, {tenantId: tenant.id, service: 'shop'});
  const {body} = await asService('POST', '/auth/tickets', {userId}, second.key);
  await revokeApiKey(app.adminDb, second);

  for (const ticket of [expired, (body as unknown as {ticket: string}).ticket, 'mdt_none']) {
    expect(await redeem({ticket})).toMatchObject(refused(401, 'unauthenticated'));
  }
});

test('a ticket lives for a minute', async () => {
  await ticketOf(await customer());

  const [row] = await app.node.db.query<{ms: number}>({
    name: '',
    text: `select (extract(epoch from max(expires_at) - now()) * 1000)::int as ms from tickets`,
  });

  expect(row!.ms).toBeGreaterThan(50_000);
  expect(row!.ms).toBeLessThanOrEqual(60_000);
});

test('who is disabled gets no ticket, and none made before lets them in', async () => {
  const userId = await customer();
  const ticket = await ticketOf(userId);
  await disableUser(app.node.db, {tenantId: tenant.id, userId});

  expect(await asService('POST', '/auth/tickets', {userId})).toMatchObject(refused(403, 'forbidden'));
  expect(await redeem({ticket})).toMatchObject(refused(403, 'forbidden'));
  await enableUser(app.node.db, {tenantId: tenant.id, userId});
  expect(await redeem({ticket})).toMatchObject(refused(401, 'unauthenticated'));
});

test('tickets are for accounts: a guest or a service gets none', async () => {
  const {body: guest} = await app.api('POST', '/auth/guest', {body: {}});
  const {body: me} = await asService('GET', '/me');

  for (const {id} of [guest.user!, me.user!]) {
    expect(await asService('POST', '/auth/tickets', {userId: id})).toMatchObject(refused(403, 'forbidden'));
  }
  expect(await asService('POST', '/auth/tickets', {userId: randomUUID()})).toMatchObject(
    refused(404, 'not_found'),
  );
});

test('nothing of a key or ticket is kept that could be used', async () => {
  const ticket = await ticketOf(await customer());

  const rows = await app.node.db.query({
    name: '',
    text: `select t::text from api_keys t union all select t::text from tickets t`,
  });

  const text = JSON.stringify(rows);
  expect(rows.length).toBeGreaterThan(1);
  for (const secret of [key, ticket]) expect(text).not.toContain(secret.slice(9));
});

test('a key fixes its tenant under every host name, and works while a session store is away', async () => {
  const other = await insertTenant(app.adminDb, {name: 'other', hosts: ['other.example']});
  const foreign = await addApiKey(app.adminDb, {tenantId: other.id, service: 'shop'});

  const here = await put('same-id', {name: 'Ann'});
  const there = await put('same-id', {name: 'Ann'}, foreign.key);

  expect(there.status).toBe(200);
  expect(there.body.user!.id).not.toBe(here.body.user!.id);
  const names = (await asService('GET', '/users', undefined, foreign.key)).body.users!;
  expect(names.map(({id}) => id)).toContain(there.body.user!.id);
  expect(names.map(({id}) => id)).not.toContain(here.body.user!.id);
  const ofOther = await asService('POST', '/auth/tickets', {userId: here.body.user!.id}, foreign.key);
  expect(ofOther).toMatchObject(refused(404, 'not_found'));
});

test("another tenant's ticket signs nobody in, and stays good in its own", async () => {
  const other = await insertTenant(app.adminDb, {name: 'third', hosts: ['third.example']});
  const foreign = await addApiKey(app.adminDb, {tenantId: other.id, service: 'shop'});
  const {body} = await put('x', {name: 'Ann'}, foreign.key);
  const {body: made} = await asService('POST', '/auth/tickets', {userId: body.user!.id}, foreign.key);
  const {ticket} = made as unknown as {ticket: string};

  expect(await redeem({ticket})).toMatchObject(refused(401, 'unauthenticated'));
  expect((await redeem({ticket}, {headers: bearer(foreign.key)})).body.user?.id).toBe(body.user!.id);
});

test('a key is no session: it signs nobody out and is refused beside a cookie', async () => {
  const {cookie} = await app.register('both');

  expect(await asService('POST', '/auth/logout', {})).toMatchObject(refused(403, 'forbidden'));
  expect(await asService('DELETE', '/me', {})).toMatchObject(refused(403, 'forbidden'));
  expect(await app.api('GET', '/me', {cookie, headers: bearer(key)})).toMatchObject(refused(400, 'invalid'));
  for (const wrong of ['mdk_wrong', `mdk_${'x'.repeat(43)}`]) {
    for (const [method, path] of [
      ['GET', '/me'],
      ['POST', '/auth/guest'],
    ] as const) {
      expect(await asService(method, path, undefined, wrong)).toMatchObject(refused(401, 'unauthenticated'));
    }
  }
});

test('made-up keys count for their address before they cost a query, and no service waits for them', async () => {
  const {url, prefix} = testRedis();
  const strict = await startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    RATE_LIMITS: 'requests-per-address=4/3600',
  });
  const me = async (withKey: string) => (await strict.api('GET', '/me', {headers: bearer(withKey)})).status;

  expect(await me(key)).toBe(200);
  const madeUp = [];
  for (let count = 0; count < 5; count += 1) madeUp.push(await me(newSecret('mdk_')));

  expect(madeUp).toEqual([401, 401, 401, 429, 429]);
  expect(await me(key)).toBe(200);
  expect(await me('mdk_of-no-form')).toBe(401);
  await strict.close();
});

test('is not limited by how much it sends', async () => {
  const {body} = await asService('POST', '/rooms', {title: 'Announcements'});
  const {room} = body as unknown as {room: {id: string}};
  const take = app.node.limits.take;
  const taken: string[] = [];
  app.node.limits.take = (rule, ...rest) => {
    taken.push(rule.name);
    return take(rule, ...rest);
  };

  await asService('POST', `/rooms/${room.id}/messages`, {clientId: randomUUID(), text: 'hello'});

  app.node.limits.take = take;
  expect(taken).toEqual([]);
});
