/** What an operator must be able to find out afterwards. */
import {randomUUID} from 'node:crypto';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {asAdmin} from '@madang/testkit/database';
import {addApiKey} from '@madang/database/access/api-keys';
import {listAudit, type ListedLine} from '@madang/database/operator/audit';
import {RawClient, registerAccount, request, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
let cluster: Gateways;
let db: Database;
beforeAll(async () => {
  cluster = await startGateways(1);
  db = createDatabase({
    url: asAdmin(cluster.databaseUrl),
    log: silent,
    applicationName: 'test',
    deadlineMs: 20_000,
  });
});
afterAll(async () => {
  await db?.close();
  await cluster?.stop();
});

/** Resolves once there are that many lines. */
async function linesOf(action: string, count: number, actor?: string): Promise<ListedLine[]> {
  let lines: ListedLine[] = [];
  await waitFor(async () => (lines = await listAudit(db, {action, actor, limit: 100})).length >= count, {
    timeoutMs: 15_000,
    what: `${count} lines of ${action}`,
  });
  return lines;
}

async function tenantId(): Promise<string> {
  const [tenant] = await db.query<{id: string}>({name: '', text: 'select id from tenants'});
  return tenant!.id;
}

const from = {address: '127.0.0.1', requestId: expect.any(String)};

test('signing in, failing to, changing the password and signing out everywhere leave lines with actor, address and request', async () => {
  const url = cluster.urls[0]!;
  const account = await registerAccount(url);
  const {id, name} = account.user;
  const log = (password: string) => request(url, 'POST', '/auth/login', {body: {username: name, password}});
  for (let no = 0; no < 3; no += 1) expect((await log('not the password')).status).toBe(403);
  await log('not the password');

  const failed = await linesOf('user:sign-in-failed', 1);
  expect(failed).toMatchObject([{subject: name, reason: 'wrong_password', address: '127.0.0.1'}]);
  expect(await linesOf('user:sign-in', 1, id)).toMatchObject([{...from, actor: name, subject: name}]);

  const change = {password: {current: account.password, next: 'another horse of mine'}};
  expect((await request(url, 'PATCH', '/me', {cookie: account.cookie, body: change})).status).toBe(200);
  expect(await linesOf('user:change-password', 1, id)).toMatchObject([{...from, actor: name}]);
  await request(url, 'POST', '/auth/logout', {cookie: account.cookie, body: {everywhere: true}});
  expect(await linesOf('user:sign-out-everywhere', 1, id)).toMatchObject([{...from, actor: name}]);
});

test('who gave a role or banned whom, and what was changed, is in the line that the act itself writes', async () => {
  const url = cluster.urls[0]!;
  const owner = await registerAccount(url);
  const client = await RawClient.connect(url, owner);
  const other = await signInGuest(url);
  const guest = await RawClient.connect(url, other);
  const {room} = await client.call('room:create', {title: 'Audited'});
  await guest.call('room:join', {roomId: room.id});
  const change = (fields: object) =>
    client.call('member:update', {roomId: room.id, userId: other.user.id, ...fields} as never);
  await change({role: 'moderator'});
  await change({banned: true});

  const lines = await linesOf('member:update', 2, owner.user.id);
  expect(lines).toMatchObject([
    {...from, room: room.id, details: {banned: true}},
    {...from, room: room.id, details: {role: 'moderator'}},
  ]);
  expect(new Set(lines.map(({requestId}) => requestId)).size).toBe(2);
  client.close();
  guest.close();
});

test('making a ticket and signing in with it are lines, and so is a ticket that is none', async () => {
  const url = cluster.urls[0]!;
  const {key} = await addApiKey(db, {tenantId: await tenantId(), service: 'ticketing'});
  const name = `${randomUUID()}`;
  const {body: put} = await request(url, 'PUT', `/users/${name}`, {token: key, body: {name: '민서'}});
  const userId = (put as {user: {id: string}}).user.id;
  const {body} = await request(url, 'POST', '/auth/tickets', {token: key, body: {userId}});
  const {ticket} = body as {ticket: string};
  expect((await request(url, 'POST', '/auth/ticket', {body: {ticket, token: true}})).status).toBe(200);
  expect((await request(url, 'POST', '/auth/ticket', {body: {ticket, token: true}})).status).toBe(401);

  expect(await linesOf('ticket:create', 1)).toMatchObject([{...from, actor: 'ticketing', subject: '민서'}]);
  expect(await linesOf('user:sign-in', 1, userId)).toMatchObject([{...from, details: {by: 'ticket'}}]);
  const failed = await linesOf('user:sign-in-failed', 2);
  expect(failed).toContainEqual(
    expect.objectContaining({...from, reason: 'unauthenticated', details: {by: 'ticket'}}),
  );
  const everything = JSON.stringify(await listAudit(db, {limit: 1_000}));
  expect(everything).not.toContain(ticket);
  expect(everything).not.toContain(key);
});

test('a key that opens a socket is used, too', async () => {
  const url = cluster.urls[0]!;
  const {key} = await addApiKey(db, {tenantId: await tenantId(), service: 'on-a-socket'});
  for (let no = 0; no < 3; no += 1) (await RawClient.connect(url, {token: key} as never)).close();

  const lines = await linesOf('key:use', 1, 'on-a-socket');
  expect(lines).toMatchObject([{...from, actor: 'on-a-socket', details: {over: 'socket'}}]);
});

test('who added whom in which role, and who deleted their account, is in the line of the act', async () => {
  const url = cluster.urls[0]!;
  const owner = await registerAccount(url);
  const [plain, moderator] = [await signInGuest(url), await signInGuest(url)];
  const client = await RawClient.connect(url, owner);
  const {room} = await client.call('room:create', {title: 'Added to'});
  const roomId = room.id;
  await client.call('member:add', {roomId, userId: plain.user.id});
  await client.call('member:add', {roomId, userId: moderator.user.id, role: 'moderator'});
  await client.call('member:add', {roomId, userId: plain.user.id, role: 'moderator'});
  await client.call('member:add', {roomId, userId: plain.user.id});

  expect(await linesOf('member:add', 2, owner.user.id)).toMatchObject([
    {...from, room: roomId, subject: moderator.user.name, details: {role: 'moderator'}},
    {...from, room: roomId, subject: plain.user.name, details: {role: 'member'}},
  ]);
  expect(await linesOf('member:update', 1, owner.user.id)).toMatchObject([
    {...from, room: roomId, details: {role: 'moderator'}},
  ]);
  client.close();
  const body = {password: owner.password};
  expect((await request(url, 'DELETE', '/me', {cookie: owner.cookie, body})).status).toBe(204);
  expect(await linesOf('user:delete', 1, owner.user.id)).toMatchObject([from]);
});

test('a key that is used all the time leaves one line for each address', async () => {
  const url = cluster.urls[0]!;
  const [line] = await linesOf('user:sign-in', 1);
  expect(line).toBeDefined();
  const {key} = await addApiKey(db, {tenantId: await tenantId(), service: 'audited'});
  for (let no = 0; no < 5; no += 1) await request(url, 'GET', '/rooms', {token: key});

  expect(await linesOf('key:use', 1, 'audited')).toMatchObject([{...from, actor: 'audited'}]);
  await request(url, 'GET', '/rooms', {token: key});
  await cluster.gateways[0]!.stop();
  expect(await listAudit(db, {action: 'key:use', actor: 'audited', limit: 10})).toHaveLength(1);
  // Counted lines are written at the end of their window.
  const failed = await listAudit(db, {action: 'user:sign-in-failed', limit: 10});
  expect(failed.filter(({reason}) => reason === 'wrong_password')).toMatchObject([{details: {count: 3}}, {}]);
});
