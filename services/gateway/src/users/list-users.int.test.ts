import {tenantPlace} from '@madang/redis/occupancy';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
let cookie: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix});
  app.node.occupancy.start();
  const {id: tenantId} = await app.identify.tenantOf({headers: {}, socket: {}});
  for (const name of ['Ada', 'Bea', 'Cleo', 'Dora']) {
    const registered = await app.register(name);
    cookie = registered.cookie;
    if (name === 'Bea' || name === 'Dora')
      app.node.occupancy.enter(tenantPlace(tenantId), registered.user.id);
  }
});
afterAll(async () => {
  await app.node.occupancy.stop();
  await app.close();
  await database.drop();
});

async function list(query: string) {
  const {status, body} = await app.api('GET', `/users${query}`, {cookie});
  expect(status).toBe(200);
  return {users: body.users!.map(({name, online}) => [name, online]), next: body.next};
}

const byName = ([a]: unknown[], [b]: unknown[]) => String(a).localeCompare(String(b));

test('lists the people by name, no services, each with whether they are online', async () => {
  expect(await list('')).toEqual({
    users: [
      ['Ada', false],
      ['Bea', true],
      ['Cleo', false],
      ['Dora', true],
    ],
    next: undefined,
  });
});

test('goes on where a page ended', async () => {
  const {users, next} = await list('?limit=3');
  expect(users).toHaveLength(3);

  expect(await list(`?limit=3&after=${next}`)).toEqual({users: [['Dora', true]], next: undefined});
});

test('lists those online, or those who are not', async () => {
  const {users} = await list('?online=true');
  const rest = await list('?online=false');

  expect(users.toSorted(byName)).toEqual([
    ['Bea', true],
    ['Dora', true],
  ]);
  expect(rest.users).toEqual([
    ['Ada', false],
    ['Cleo', false],
  ]);
});

test('pages through those online', async () => {
  const first = await list('?online=true&limit=1');
  const second = await list(`?online=true&limit=1&after=${first.next}`);

  expect([...first.users, ...second.users].toSorted(byName)).toEqual([
    ['Bea', true],
    ['Dora', true],
  ]);
});

test('finds by a part of the name, also among those online', async () => {
  expect((await list('?query=DA')).users).toEqual([['Ada', false]]);
  expect((await list('?query=or&online=true')).users).toEqual([['Dora', true]]);
  expect((await list('?query=da&online=true')).users).toEqual([]);
});

test.each(['', '&online=true'])('refuses a query that is too short to say anything%s', async (more) => {
  const {status, body} = await app.api('GET', `/users?query=d${more}`, {cookie});

  expect([status, body.error?.code]).toEqual([400, 'invalid']);
});
