import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {newId} from '@madang/database/ids';
import {ChatError} from '@madang/protocol/errors';
import {createTestDatabase, silent} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {
  password,
  startTestApp,
  type Answer,
  type TestApp,
  type TestDatabase,
} from '../../test/support/test-app.ts';
import {drawing, uploadOnce} from '../../test/support/uploads.ts';

let app: TestApp;
let database: TestDatabase;
let observer: Database;
let key: string;
let ask: TestApp['node']['db']['query'];
/** How many queries are answered before the database lane is full. */
let answered = Infinity;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix});
  observer = createDatabase({
    url: database.url,
    log: silent,
    applicationName: 'observer',
    deadlineMs: 10_000,
  });
  const tenant = await app.identify.tenantOf({headers: {}, socket: {}});
  ({key} = await addApiKey(app.adminDb, {tenantId: tenant.id, service: 'backend'}));
  ask = app.node.db.query;
  app.node.db.query = async (...call) => {
    if (answered <= 0) throw new ChatError('overloaded', {retryAfterMs: 1_000});
    answered -= 1;
    return ask(...call);
  };
});
afterEach(() => void (answered = Infinity));
afterAll(async () => {
  await app.close();
  await observer.close();
  await database.drop();
});

const tables = [
  'users',
  'user_search',
  'identities',
  'tickets',
  'rooms',
  'room_search',
  'memberships',
  'membership_spans',
  'attachments',
  'notifications',
  'signals',
];

/** Everything that calls may change. */
async function stored(): Promise<unknown> {
  const parts = tables.map(
    (table) => `select '${table}' as "table", to_jsonb(t) - 'seen_at' as row from ${table} t`,
  );
  return observer.query({name: '', text: `select * from (${parts.join(' union all ')}) found order by 1, 2`});
}

let names = 0;
const newName = () => `name-${++names}`;
const asService = () => ({headers: {authorization: `Bearer ${key}`}});
const newRoom = async (cookie: string) => {
  const {text} = await app.api('POST', '/rooms', {cookie, body: {title: 'Room'}});
  return (JSON.parse(text) as {room: {id: string}}).room.id;
};
const newImage = async (cookie: string) => {
  const {attachment} = await uploadOnce(app.origin, {cookie}, {bytes: await drawing()});
  return attachment!.id;
};

/** A room's owner, the path of its members, and a user who is not a member. */
async function newMembers() {
  const [{user}, {cookie}] = [await app.register(newName()), await app.register(newName())];
  return {cookie, members: `/rooms/${await newRoom(cookie)}/members`, userId: user.id};
}

type Attempt = () => Promise<Answer>;
/** Each prepares a call that writes, and returns it. */
const calls: Record<string, () => Promise<Attempt>> = {
  async 'PATCH /me with a profile, an image and a password'() {
    const {cookie} = await app.register(newName());
    const body = {
      displayName: newName(),
      color: '#123456',
      avatarId: await newImage(cookie),
      password: {current: password, next: 'battery staple'},
    };
    return () => app.api('PATCH', '/me', {cookie, body});
  },
  async 'POST /auth/register by somebody who has a session'() {
    const {cookie} = await app.register(newName());
    return () => app.api('POST', '/auth/register', {cookie, body: {username: newName(), password}});
  },
  async 'POST /auth/guest by somebody who has a session'() {
    const {cookie} = await app.register(newName());
    return () => app.api('POST', '/auth/guest', {cookie, body: {}});
  },
  async 'POST /auth/ticket by somebody who has a session'() {
    const {cookie, user} = await app.register(newName());
    const made = await app.api('POST', '/auth/tickets', {...asService(), body: {userId: user.id}});
    const {ticket} = JSON.parse(made.text) as {ticket: string};
    return () => app.api('POST', '/auth/ticket', {cookie, body: {ticket}});
  },
  async 'PUT /users/:externalId'() {
    return () => app.api('PUT', `/users/${newName()}`, {...asService(), body: {name: newName()}});
  },
  async 'POST /auth/tickets'() {
    const {user} = await app.register(newName());
    return () => app.api('POST', '/auth/tickets', {...asService(), body: {userId: user.id}});
  },
  async 'POST /auth/logout'() {
    const {cookie} = await app.register(newName());
    return () => app.api('POST', '/auth/logout', {cookie, body: {everywhere: true}});
  },
  async 'DELETE /me'() {
    const {cookie} = await app.register(newName());
    return () => app.api('DELETE', '/me', {cookie, body: {password}});
  },
  async 'POST /rooms with a password'() {
    const {cookie} = await app.register(newName());
    const body = {title: 'Locked', password: 'open sesame'};
    return () => app.api('POST', '/rooms', {cookie, body});
  },
  async 'PATCH /rooms/:roomId with a title and a password'() {
    const {cookie} = await app.register(newName());
    const roomId = await newRoom(cookie);
    return () => app.api('PATCH', `/rooms/${roomId}`, {cookie, body: {title: 'New', password: 'sesame'}});
  },
  async 'DELETE /rooms/:roomId'() {
    const {cookie} = await app.register(newName());
    const roomId = await newRoom(cookie);
    return () => app.api('DELETE', `/rooms/${roomId}`, {cookie});
  },
  async 'POST /rooms/:roomId/join'() {
    const [owner, {cookie}] = [await app.register(newName()), await app.register(newName())];
    const roomId = await newRoom(owner.cookie);
    return () => app.api('POST', `/rooms/${roomId}/join`, {cookie});
  },
  async 'POST /rooms/:roomId/leave'() {
    const {cookie} = await app.register(newName());
    const roomId = await newRoom(cookie);
    return () => app.api('POST', `/rooms/${roomId}/leave`, {cookie});
  },
  async 'POST /direct'() {
    const [{user}, {cookie}] = [await app.register(newName()), await app.register(newName())];
    return () => app.api('POST', '/direct', {cookie, body: {userId: user.id}});
  },
  async 'POST /rooms/:roomId/members'() {
    const {cookie, members, userId} = await newMembers();
    return () => app.api('POST', members, {cookie, body: {userId}});
  },
  async 'PATCH /rooms/:roomId/members/:userId'() {
    const {cookie, members, userId} = await newMembers();
    await app.api('POST', members, {cookie, body: {userId}});
    return () => app.api('PATCH', `${members}/${userId}`, {cookie, body: {role: 'moderator'}});
  },
  async 'DELETE /rooms/:roomId/members/:userId'() {
    const {cookie, members, userId} = await newMembers();
    await app.api('POST', members, {cookie, body: {userId}});
    return () => app.api('DELETE', `${members}/${userId}`, {cookie});
  },
  async 'POST /files'() {
    const {cookie} = await app.register(newName());
    const bytes = await drawing();
    return async () => {
      const {status, error} = await uploadOnce(app.origin, {cookie}, {bytes});
      return {status, body: {error}} as Answer;
    };
  },
  async 'POST /notifications'() {
    const {user} = await app.register(newName());
    const body = {to: [user.id], type: 'test', data: {}, key: newId()};
    return () => app.api('POST', '/notifications', {...asService(), body});
  },
};

test.each(Object.keys(calls))(
  '%s: what is refused as overloaded has changed nothing',
  {timeout: 60_000},
  async (name) => {
    const attempt = await calls[name]!();
    let refusals = 0;
    for (let count = 0; ; count += 1) {
      const before = await stored();
      answered = count;
      const {status, body, text} = await attempt();
      const wasRefused = answered === 0 && status >= 400;
      answered = Infinity;
      if (status < 300 && count > 0) break;

      expect([count, status, text]).toEqual([count, 503, text]);
      expect(wasRefused).toBe(true);
      if (body.error?.code !== 'overloaded') {
        expect([count, body.error?.code]).toEqual([count, 'unavailable']);
        break;
      }
      refusals += 1;
      expect([count, await stored()]).toEqual([count, before]);
    }
    expect(refusals).toBeGreaterThan(0);
  },
);

test('a name that is refused leaves the image that came with it as it was', async () => {
  const [{cookie}, taken] = [await app.register(newName()), await app.register(newName())];
  const [first, second] = [await newImage(cookie), await newImage(cookie)];
  await app.api('PATCH', '/me', {cookie, body: {avatarId: first}});
  const before = await stored();

  const refused = await app.api('PATCH', '/me', {
    cookie,
    body: {avatarId: second, displayName: taken.user.name},
  });

  expect(refused).toMatchObject({status: 409, body: {error: {code: 'conflict'}}});
  expect(await stored()).toEqual(before);
});
