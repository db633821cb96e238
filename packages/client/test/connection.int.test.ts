import {afterEach, expect, test, vi} from 'vitest';
import {createClient, type Client, type ClientOptions} from '../src/client.ts';
import {startScriptedServer} from './scripted-server.ts';

const roomId = '0190a000-0000-7000-8000-000000000001';
const times = {callMs: 2_000, sendMs: 2_000, retryMs: 20, retryMaxMs: 100};
const refusal = {code: 'overloaded', retryable: true} as const;
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function setup(options: ClientOptions = {}) {
  const server = await startScriptedServer();
  const client = createClient({url: server.url, times, ...options});
  stops.push(() => client.close(), server.close);
  return {server, client};
}
const statusIs = (client: Client, status: Client['status']) =>
  vi.waitFor(() => expect(client.status).toBe(status), {timeout: 5_000});

test('signs in, and shows the cookie at the handshake', async () => {
  const {server, client} = await setup();

  await expect(client.guest()).resolves.toMatchObject({name: 'Me'});
  await client.connect();

  expect(server.handshakes).toMatchObject([{cookie: 'sid=secret'}]);
  expect(client.cookie).toBe('sid=secret');
  expect(client.node).toBe('node-1');
});

test('shows a token instead of a cookie', async () => {
  const {server, client} = await setup({token: 'mds_secret', cookie: 'sid=other'});

  await client.connect();

  expect(server.handshakes).toMatchObject([{cookie: undefined, auth: {token: 'mds_secret'}}]);
});

test('returns by itself after its transport was closed', async () => {
  const {server, client} = await setup();
  await client.connect();
  const statuses: string[] = [];
  client.on('status', (status) => void statuses.push(status));

  server.dropConnections();

  await vi.waitFor(() => expect(statuses).toEqual(['connecting', 'online']));
});

test('tries a refused handshake again, not before the server said', async () => {
  const {server, client} = await setup();
  server.refusals.push({...refusal, retryAfterMs: 150}, refusal);

  await client.connect();

  const [first, second] = server.handshakes;
  expect(server.handshakes).toHaveLength(3);
  expect(second!.at - first!.at).toBeGreaterThanOrEqual(150);
});

test('gives up when its credential is refused for good, and says so', async () => {
  const {server, client} = await setup();
  server.refusals.push({code: 'unauthenticated', retryable: false});
  const signedOut = client.once('signedOut');

  await expect(client.connect()).rejects.toMatchObject({code: 'unauthenticated'});

  await expect(signedOut).resolves.toMatchObject({code: 'unauthenticated'});
  expect(client.status).toBe('offline');
  await expect(client.call('room:list')).rejects.toMatchObject({code: 'unavailable'});
  expect(server.handshakes).toHaveLength(1);
});

test('does not return when the server ended the session, and tells why', async () => {
  const {server, client} = await setup();
  await client.connect();
  const signedOut = client.once('signedOut');

  server.endConnections({reason: 'revoked', reconnect: false, afterMs: 0});

  await expect(signedOut).resolves.toMatchObject({code: 'unauthenticated', details: {reason: 'revoked'}});
  expect(client.status).toBe('offline');
  expect(client.user).toBeUndefined();
  // It may sign in again.
  await client.connect();
  expect(server.handshakes).toHaveLength(2);
});

test('returns at a moment of its own within the time that a draining node gave', async () => {
  const {server, client} = await setup();
  await client.connect();
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  stops.push(() => random.mockRestore());

  const endedAt = performance.now();
  server.endConnections({reason: 'shutting_down', reconnect: true, afterMs: 400});
  await statusIs(client, 'connecting');
  await statusIs(client, 'online');

  expect(server.handshakes[1]!.at - endedAt).toBeGreaterThanOrEqual(195);
});

test('waits longer each time a connection is lost before its session has started', async () => {
  const {server, client} = await setup();
  let tries = 0;
  server.handlers['session:start'] = (_, socket) => {
    tries += 1;
    if (tries < 4) socket.conn.close();
    else return {user: server.user, node: 'node-1', rooms: [], frames: [], ended: []};
  };

  await client.connect();

  expect(server.handshakes).toHaveLength(4);
});

test('sends again over the next connection what had no answer, with the same clientId and in order', async () => {
  const {server, client} = await setup();
  await client.connect();
  let seq = 0;
  server.handlers['message:send'] = (_, socket) => {
    seq += 1;
    if (seq === 1) socket.conn.close();
    else return {seq, rev: seq, createdAt: '', duplicate: false};
  };

  const results = await Promise.all([client.send(roomId, 'first'), client.send(roomId, 'second')]);

  const sends = server.received.filter(({name}) => name === 'message:send').map(({input}) => input);
  expect(sends.map(({text}) => text)).toEqual(['first', 'first', 'second']);
  expect(sends[1]!.clientId).toBe(sends[0]!.clientId);
  expect(results.map((result) => result.seq)).toEqual([2, 3]);
});

test('sends what was written offline, and in an earlier life, once it is online', async () => {
  const earlier = await setup();
  earlier.client.send(roomId, 'from the outbox').catch(() => undefined);
  const {server, client} = await setup({outbox: earlier.client.outbox.export()});
  server.handlers['message:send'] = () => ({seq: 1, rev: 1, createdAt: '', duplicate: false});

  const offline = client.send(roomId, 'offline');
  await client.connect();
  await offline;

  const sends = server.received.filter(({name}) => name === 'message:send').map(({input}) => input.text);
  expect(sends).toEqual(['from the outbox', 'offline']);
});

test('refuses a send that no server would take, before it is queued', async () => {
  const {client} = await setup();

  await expect(client.send(roomId, 'x'.repeat(70_000))).rejects.toMatchObject({code: 'too_large'});
  expect(client.outbox.entries).toEqual([]);
});

test('goes on watching after a reconnect, and tells that something may have been missed', async () => {
  const {server, client} = await setup();
  await client.connect();
  server.handlers['lobby:watch'] = () => ({});
  server.handlers['presence:watch'] = () => ({online: 1, users: [server.user]});
  await client.call('lobby:watch');
  await client.call('presence:watch');
  await client.call('presence:unwatch');
  const lobby = client.once('lobby:reset');

  server.dropConnections();
  await lobby;

  const watches = server.received.map(({name}) => name).filter((name) => name.endsWith(':watch'));
  expect(watches).toEqual(['lobby:watch', 'presence:watch', 'lobby:watch']);
});

test('forgets rooms and outbox at sign-out, and does not come back', async () => {
  const {server, client} = await setup();
  await client.guest();
  await client.connect();
  server.handlers['message:send'] = () => undefined;
  const unsent = client.send(roomId, 'never');

  await client.logout();

  await expect(unsent).rejects.toMatchObject({code: 'unauthenticated'});
  expect(client.user).toBeUndefined();
  expect(client.status).toBe('offline');
});

/** From now on the user is in one room. */
function putInRoom(server: Awaited<ReturnType<typeof startScriptedServer>>): void {
  const state = {
    room: {
      id: roomId,
      kind: 'room',
      title: 'Courtyard',
      visibility: 'public',
      locked: false,
      ephemeral: false,
      owner: server.user,
      rev: 1,
      createdAt: '',
    },
    membership: {role: 'member', joinedAt: 1, readSeq: 0},
    epoch: 'a',
    head: 3,
    unread: 0,
    online: 1,
  };
  server.handlers['session:start'] = () => ({
    user: server.user,
    node: 'node-1',
    rooms: [state],
    frames: [],
    ended: [],
  });
}

test('knows its user before it tells of a room', async () => {
  const {server, client} = await setup({cookie: 'sid=secret'});
  putInRoom(server);
  const users: unknown[] = [];
  // As a page does: it shows what arrives together in the next step.
  client.on('room', () => queueMicrotask(() => users.push(client.user?.id)));

  await client.connect();

  expect(users).toEqual([server.user.id]);
});

test('goes on from where it was after disconnect and connect', async () => {
  const {server, client} = await setup();
  putInRoom(server);
  await client.connect();

  client.disconnect();
  expect(client.rooms.size).toBe(1);
  await client.connect();

  expect(server.received.at(-1)?.input.cursors).toEqual({[roomId]: {epoch: 'a', rev: 3}});
});
