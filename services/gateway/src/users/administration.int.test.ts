import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {addApiKey} from '@madang/database/access/api-keys';
import {createAppender} from '@madang/database/messages/append';
import {listErasures} from '@madang/database/users/administration';
import {blankGoneUsers, endMembershipsOfDeletedUsers} from '@madang/database/jobs/jobs';
import {listAudit} from '@madang/database/operator/audit';
import {insertTenant, type Tenant} from '@madang/database/operator/tenants';
import {listUsersAmong} from '@madang/database/users/directory';
import type {User} from '@madang/protocol/users';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
let tenant: Tenant;
let key: string;
let generalId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix});
  tenant = await app.identify.tenantOf({headers: {}, socket: {}});
  const scopes = ['users', 'members', 'send', 'read'] as const;
  ({key} = await addApiKey(app.adminDb, {tenantId: tenant.id, service: 'shop', scopes: [...scopes]}));
  app.node.appender = createAppender(app.node.db, {
    log: app.node.log,
    deadlineMs: 10_000,
    onCommitted() {},
    onBatch() {},
  });
  const {body} = await as(key, 'GET', '/rooms');
  generalId = (body as unknown as {rooms: {id: string}[]}).rooms[0]!.id;
});
afterAll(async () => {
  await app.node.appender.close();
  await app.close();
  await database.drop();
});

type Body = Record<string, unknown>;
const as = (token: string, method: string, path: string, body?: Body) =>
  app.api(method, path, {headers: {authorization: `Bearer ${token}`}, body});
const asService = (method: string, path: string, body?: Body) => as(key, method, path, body);
const refused = (status: number, code: string) => ({status, body: {error: {code}}});
const putMany = (users: Body[], withKey = key) => as(withKey, 'PUT', '/users', {users});
/** Retries while a busy machine refuses, as a product does: the call is safe to repeat. */
async function untilServed(ask: () => ReturnType<typeof putMany>): ReturnType<typeof putMany> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    await delay(200);
  }
}
const resultsOf = (body: unknown) => (body as {results: {user: User}[]}).results.map(({user}) => user);

/** A new user of the product, signed in with a token. */
async function customer(name = 'Customer') {
  const externalId = `c-${randomUUID()}`;
  const {body} = await asService('PUT', `/users/${externalId}`, {name});
  const userId = body.user!.id;
  const signIn = async () => {
    const made = await asService('POST', '/auth/tickets', {userId});
    const {ticket} = made.body as unknown as {ticket: string};
    const {body: signedIn} = await app.api('POST', '/auth/ticket', {body: {ticket, token: true}});
    return (signedIn as {token?: string}).token!;
  };
  return {externalId, userId, signIn, token: await signIn()};
}

async function say(token: string, roomId: string, text: string): Promise<void> {
  const {status} = await as(token, 'POST', `/rooms/${roomId}/messages`, {clientId: randomUUID(), text});
  expect(status).toBe(200);
}

test('a hundred users that are put twenty times at once are a hundred users, each answer in its order', async () => {
  const users = Array.from({length: 100}, (_, no) => ({
    externalId: `p-${no}`,
    name: `Person ${no}`,
    data: {no},
  }));
  const orders = Array.from({length: 20}, (_, turn) => [
    ...users.slice(turn * 5),
    ...users.slice(0, turn * 5),
  ]);

  const answers = await Promise.all(orders.map((order) => untilServed(() => putMany(order))));

  expect(answers.map(({status}) => status)).toEqual(Array(20).fill(200));
  const ids = new Set<string>();
  for (const [turn, {body}] of answers.entries()) {
    const given = resultsOf(body);
    expect(given.map(({externalId}) => externalId)).toEqual(orders[turn]!.map((each) => each.externalId));
    expect(given.map(({data}) => data)).toEqual(orders[turn]!.map(({data}) => data));
    for (const {id} of given) ids.add(id);
  }
  expect(ids.size).toBe(100);
  const rows = await app.adminDb.query({
    name: '',
    text: `select from memberships m join users u on u.id = m.user_id
      where m.room_id = '${generalId}' and u.external_id like 'p-%'`,
  });
  expect(rows).toHaveLength(100);
  app.signals.length = 0;
  await putMany(users);
  expect(app.signals).toEqual([]);
  await putMany([{externalId: 'p-7', name: 'Renamed'}]);
  expect(app.signals).toHaveLength(1);
  const found = await asService('GET', '/users?query=renamed');
  expect(found.body.users).toMatchObject([{externalId: 'p-7', data: {no: 7}, online: false}]);
});

test.each([
  ['nobody', []],
  ['101 users', Array.from({length: 101}, (_, no) => ({externalId: `x${no}`, name: 'x'}))],
  [
    'one user twice',
    [
      {externalId: 'x', name: 'x'},
      {externalId: 'x', name: 'y'},
    ],
  ],
  ['a user without a name', [{externalId: 'x'}]],
  ["an id of Madang's", [{externalId: `id:${randomUUID()}`, name: 'x'}]],
  ['an unknown field', [{externalId: 'x', name: 'x', kind: 'service'}]],
])('refuses to put %s, and puts nobody', async (_what, users) => {
  expect(await putMany([...users])).toMatchObject(refused(400, 'invalid'));
  expect(await asService('GET', '/users/x')).toMatchObject(refused(404, 'not_found'));
});

test('lists whole users by either id, disabled or not, and only to services', async () => {
  const [one, two] = [await customer('Listed'), await customer('Listed')];
  await asService('POST', `/users/${two.externalId}/disable`);
  const list = async (query: string) => (await asService('GET', `/users?${query}`)).body.users;

  const both = `externalIds=${one.externalId}&externalIds=${two.externalId}&externalIds=none`;
  const listed = await list(both);
  expect(listed).toHaveLength(2);
  expect(listed).toContainEqual({
    id: two.userId,
    kind: 'account',
    name: 'Listed',
    color: expect.any(String),
    externalId: two.externalId,
    createdAt: expect.any(String),
    disabled: true,
    online: false,
  });
  expect(await list(`ids=${one.userId}&externalIds=${two.externalId}`)).toHaveLength(2);
  expect(await list(`${both}&disabled=true`)).toMatchObject([{id: two.userId}]);
  expect(await list(`${both}&disabled=false`)).toMatchObject([{id: one.userId}]);
  expect(await list(`${both}&online=true`)).toEqual([]);
  expect(await list('query=listed&disabled=true')).toMatchObject([{id: two.userId}]);
  expect((await list('disabled=true&limit=200'))!.map(({id}) => id)).toContain(two.userId);
  const page = await asService('GET', `/users?${both}&limit=1`);
  expect(await list(`${both}&limit=1&after=${page.body.next}`)).toHaveLength(1);

  for (const query of [both, 'disabled=true', `ids=${one.userId}&disabled=false`])
    expect(await as(one.token, 'GET', `/users?${query}`)).toMatchObject(refused(403, 'forbidden'));
  const many = Array.from({length: 201}, () => `ids=${randomUUID()}`).join('&');
  for (const query of ['ids=x', many, 'externalIds=', 'disabled=maybe'])
    expect(await asService('GET', `/users?${query}`)).toMatchObject(refused(400, 'invalid'));
});

test('without a directory one looks up by their ids those alone whom one meets outside of default rooms', async () => {
  const closed = await insertTenant(app.adminDb, {name: 'closed', hosts: [], directory: false});
  const {key: theirs} = await addApiKey(app.adminDb, {tenantId: closed.id, service: 'shop'});
  const results = resultsOf(
    (
      await putMany(
        ['a', 'b', 'c'].map((externalId) => ({externalId, name: externalId})),
        theirs,
      )
    ).body,
  );
  const [a, b, c] = results.map(({id}) => id) as [string, string, string];
  const {body} = await as(theirs, 'POST', '/auth/tickets', {userId: a});
  const {ticket} = body as unknown as {ticket: string};
  const {body: signedIn} = await app.api('POST', '/auth/ticket', {
    headers: {authorization: `Bearer ${theirs}`},
    body: {ticket, token: true},
  });
  expect(signedIn.error).toBeUndefined();
  const {room} = (await as(theirs, 'POST', '/rooms', {title: 'Both'})).body as unknown as {
    room: {id: string};
  };
  for (const userId of [a, b]) await as(theirs, 'POST', `/rooms/${room.id}/members`, {userId});
  const tenantIds = {tenantId: closed.id, limit: 10};

  const met = await listUsersAmong(app.node.db, tenantIds, {ids: [a, b, c], metBy: a});

  expect(met.users.map(({id}) => id)).toEqual([a, b]);
  expect((await listUsersAmong(app.node.db, tenantIds, {ids: [a, b, c]})).users).toHaveLength(3);
});

test('disables, enables and signs out by the own id, once each, with a line that says who did it', async () => {
  const {externalId, userId, token, signIn} = await customer();
  const act = (what: string) => asService('POST', `/users/${externalId}/${what}`);
  const me = (withToken: string) => as(withToken, 'GET', '/me');
  app.signals.length = 0;

  expect(await act('disable')).toMatchObject({status: 200, body: {user: {id: userId, disabled: true}}});
  expect(app.signals).toEqual([{kind: 'user', userId}]);
  expect(await me(token)).toMatchObject(refused(401, 'unauthenticated'));
  expect(await asService('POST', '/auth/tickets', {userId})).toMatchObject(refused(403, 'forbidden'));
  expect(await act('disable')).toMatchObject({status: 200, body: {user: {disabled: true}}});
  const enabled = await act('enable');
  expect(enabled.body.user).not.toHaveProperty('disabled');
  const {seenAt: _, ...user} = enabled.body.user as User;
  expect((await act('enable')).body).toMatchObject({user});
  expect(await me(token)).toMatchObject(refused(401, 'unauthenticated'));
  const second = await signIn();
  expect((await me(second)).status).toBe(200);
  expect((await asService('POST', `/users/id:${userId}/sign-out`)).body).toMatchObject({user});
  expect(await me(second)).toMatchObject(refused(401, 'unauthenticated'));

  const lines = await listAudit(app.adminDb, {tenantId: tenant.id, actor: 'shop', limit: 200});
  const ofUser = lines.filter(({action}) => /^user:(disable|enable|sign-out)$/.test(action)).slice(0, 3);
  expect(ofUser.map(({action}) => action)).toEqual(['user:sign-out', 'user:enable', 'user:disable']);
  expect(ofUser[0]).toMatchObject({address: '127.0.0.1', requestId: expect.any(String)});
});

test('services are the operator’s to manage, and nobody else’s users are found', async () => {
  const {body: me} = await asService('GET', '/me');
  const service = `id:${me.user!.id}`;
  for (const [method, path] of [
    ['POST', '/disable'],
    ['POST', '/enable'],
    ['POST', '/sign-out'],
    ['DELETE', ''],
  ] as const) {
    expect(await asService(method, `/users/${service}${path}`)).toMatchObject(refused(403, 'forbidden'));
    expect(await asService(method, `/users/nobody${path}`)).toMatchObject(refused(404, 'not_found'));
  }
  expect((await asService('GET', '/me')).status).toBe(200);
  const bad = await asService('DELETE', '/users/nobody', {messages: 'burn'});
  expect(bad).toMatchObject(refused(400, 'invalid'));
});

/** Runs the worker's erasure until nothing of deleted users is left. */
async function erase(): Promise<void> {
  while ((await endMembershipsOfDeletedUsers(app.adminDb, {limit: 100})).length > 0);
  while ((await blankGoneUsers(app.adminDb, {limit: 50})) > 0);
}

test.each(['erase', 'keep'] as const)(
  'deletes a user by the own id, and messages go: %s',
  async (messages) => {
    const {externalId, userId, token} = await customer(`Gone ${messages}`);
    const {room} = (await as(token, 'POST', '/rooms', {title: 'Open'})).body as unknown as {
      room: {id: string};
    };
    const {room: closed} = (await as(token, 'POST', '/rooms', {title: 'Closed'})).body as unknown as {
      room: {id: string};
    };
    await asService('POST', `/rooms/${room.id}/members`, {
      userId: (await asService('GET', '/me')).body.user!.id,
    });
    for (const {id} of [room, closed]) await say(token, id, `secret ${messages}`);
    await as(token, 'DELETE', `/rooms/${closed.id}`, {});
    await asService('POST', '/notifications', {to: [userId], type: 'order', data: {secret: messages}});
    const path = `/users/${externalId}`;

    const answer = await asService('DELETE', path, {messages});

    expect(answer).toMatchObject({status: 202, body: {userId, messages}});
    expect(await as(token, 'GET', '/me')).toMatchObject(refused(401, 'unauthenticated'));
    expect(await asService('GET', path)).toMatchObject(refused(404, 'not_found'));
    expect((await asService('DELETE', path, {})).body).toEqual(answer.body);
    await erase();
    expect(await asService('DELETE', path, {})).toMatchObject(refused(404, 'not_found'));
    expect((await asService('DELETE', `/users/id:${userId}`, {})).body).toEqual(answer.body);

    const rows = await app.adminDb.query<{text: string; name: string}>({
      name: '',
      text: `select text, sender ->> 'name' as name from messages where sender_id = '${userId}'`,
    });
    expect(rows).toEqual(Array(2).fill({text: messages === 'keep' ? 'secret keep' : '', name: 'deleted'}));
    const {body: page} = await asService('GET', `/rooms/${room.id}/messages`);
    expect((page as unknown as {messages: object[]}).messages).toMatchObject([
      {sender: {name: 'deleted'}, text: messages === 'keep' ? 'secret keep' : ''},
    ]);
    const [erasure] = await listErasures(app.adminDb, {tenantId: tenant.id, userId, limit: 1});
    expect(erasure).toEqual({
      userId,
      messages,
      counts: {
        files: 0,
        memberships: 2,
        messages: messages === 'keep' ? 0 : 2,
        names: messages === 'keep' ? 2 : 0,
        notifications: 1,
      },
      requestedAt: expect.any(String),
      finishedAt: expect.any(String),
    });
    const lines = await listAudit(app.adminDb, {tenantId: tenant.id, action: 'user:erased', limit: 1});
    expect(lines[0]!.details).toEqual(erasure!.counts);
    const left = await app.adminDb.query({
      name: '',
      text: `select from notification_batches where data::text like '%"${messages}"%'`,
    });
    expect(left).toEqual([]);
  },
);

test('exports everything that is held of a user, a line each, and says who did so', async () => {
  const {externalId, userId, token} = await customer('Exported');
  const texts = Array.from({length: 450}, (_, no) => `text ${no}`);
  const {room} = (await as(token, 'POST', '/rooms', {title: 'Mine'})).body as unknown as {room: {id: string}};
  for (const text of texts.slice(0, 3)) await say(token, room.id, text);
  const other = await customer('Other');
  await as(other.token, 'POST', `/rooms/${room.id}/join`, {});
  await say(other.token, room.id, 'not mine');
  await asService('POST', '/notifications', {to: [userId], type: 'order', data: {no: 1}});

  const {status, headers, text} = await asService('GET', `/users/${externalId}/export`);

  expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Body & {type: string; message?: {text: string}});
  expect(lines.at(-1)).toEqual({type: 'end', lines: lines.length - 1});
  expect(lines[0]).toMatchObject({type: 'user', user: {id: userId, externalId}});
  const ofType = (type: string) => lines.filter((line) => line.type === type);
  expect(
    ofType('message')
      .map(({message}) => message!.text)
      .toSorted(),
  ).toEqual(texts.slice(0, 3));
  expect(ofType('membership')).toHaveLength(2);
  expect(ofType('notification')).toMatchObject([{notification: {data: {no: 1}}}]);
  const [line] = await listAudit(app.adminDb, {tenantId: tenant.id, action: 'user:export', limit: 1});
  expect(line).toMatchObject({actor: 'shop', requestId: expect.any(String)});
  expect(await asService('GET', '/users/nobody/export')).toMatchObject(refused(404, 'not_found'));
});

test('an export pages through what is too much for one answer', async () => {
  const {externalId, userId} = await customer('Prolific');
  await app.adminDb.query({
    name: '',
    text: `insert into messages (room_id, seq, rev, sender_id, sender, client_id, text, created_at)
      select '${generalId}', 1000000 + no, 1000000 + no, '${userId}', '{"name": "Prolific"}', gen_random_uuid(), 'no ' || no, now()
      from generate_series(1, 1000) no`,
  });

  const {text} = await asService('GET', `/users/${externalId}/export`);

  const lines = text.trimEnd().split('\n');
  expect(new Set(lines.filter((line) => line.includes('"type":"message"'))).size).toBe(1_000);
  expect(JSON.parse(lines.at(-1)!)).toEqual({type: 'end', lines: lines.length - 1});
});

test('imported messages of someone who never was a member are exported and erased with the user', async () => {
  const scopes = ['rooms', 'import', 'read', 'users'] as const;
  const {key: importer} = await addApiKey(app.adminDb, {
    tenantId: tenant.id,
    service: 'importer',
    scopes: [...scopes],
  });
  const {externalId, userId} = await customer();
  const {body} = await as(importer, 'POST', '/rooms', {
    title: 'Old',
    visibility: 'private',
    archived: true,
  });
  const {id} = (body as unknown as {room: {id: string}}).room;
  const importOne = () =>
    as(importer, 'POST', `/rooms/${id}/import`, {
      messages: [
        {clientId: randomUUID(), senderId: userId, text: 'Long ago', createdAt: '2020-01-01T00:00:00.000Z'},
      ],
    });
  expect((await importOne()).status).toBe(200);

  const exported = await as(importer, 'GET', `/users/${externalId}/export`);
  expect(exported.text).toContain('Long ago');
  expect((await asService('DELETE', `/users/${externalId}`, {})).status).toBe(202);
  await endMembershipsOfDeletedUsers(app.adminDb, {limit: 50});
  while ((await blankGoneUsers(app.adminDb, {limit: 50})) > 0);
  const stored = await app.adminDb.query<{text: string; name: string}>({
    name: '',
    text: `select text, sender ->> 'name' as name from messages where sender_id = '${userId}'`,
  });
  expect(stored).toEqual([{text: '', name: 'deleted'}]);
  expect(await importOne()).toMatchObject({status: 404, body: {error: {code: 'not_found'}}});
});

test('a product is told when an account was here last, once it was', async () => {
  const {externalId, token} = await customer();
  const seenAt = async () => (await asService('GET', `/users/${externalId}`)).body.user?.seenAt;
  const {externalId: never} = (await asService('PUT', `/users/never-${randomUUID()}`, {name: 'Never'})).body
    .user!;
  expect((await asService('GET', `/users/${never}`)).body.user).not.toHaveProperty('seenAt');

  await as(token, 'GET', '/me');

  const at = await waitFor(seenAt, {timeoutMs: 20_000, what: 'the visit to be noted'});
  expect(Math.abs(Date.now() - Date.parse(at!))).toBeLessThan(3_600_000);
});
