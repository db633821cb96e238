import {connect, createServer, type AddressInfo, type Socket} from 'node:net';
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

const settled = async (sent: Promise<unknown>) =>
  sent.then(
    () => 'sent',
    (error: {code: string}) => error.code,
  );
const sentTexts = ({received}: {received: {name: string; input: Record<string, unknown>}[]}) =>
  received.filter(({name}) => name === 'message:send').map(({input}) => input.text);

test('sends nothing under the name of the user who signs in after a sign-out', async () => {
  const {server, client} = await setup();
  server.handlers['message:send'] = () => ({seq: 1, rev: 1, createdAt: '', duplicate: false});
  await client.guest();
  client.disconnect();
  const before = settled(client.send(roomId, 'before the sign-out'));
  const call = settled(client.call('read:mark', {roomId, seq: 1}));
  const signOut = client.logout();
  const during = settled(client.send(roomId, 'during the sign-out'));
  await signOut;
  const after = settled(client.send(roomId, 'after the sign-out'));

  server.user.id = server.user.id.replace(/aa$/, 'bb');
  await client.guest();
  await client.connect();
  await client.send(roomId, 'of the next user');

  expect(await Promise.all([before, during, after])).toEqual(
    Array.from({length: 3}, () => 'unauthenticated'),
  );
  expect(await call).toBe('unavailable');
  expect(sentTexts(server)).toEqual(['of the next user']);
});

test('sends nothing of one user when another signs in without a sign-out in between', async () => {
  const {server, client} = await setup({cookie: 'sid=other'});
  server.handlers['message:send'] = () => ({seq: 1, rev: 1, createdAt: '', duplicate: false});
  server.handlers['session:start'] = () => new Promise(() => undefined);
  const connecting = settled(client.connect());
  const unknown = settled(client.send(roomId, 'of a user that is not known yet'));
  delete server.handlers['session:start'];

  await client.guest();
  await client.connect();
  await client.send(roomId, 'of the guest');

  expect([await unknown, await connecting]).toEqual(['unauthenticated', 'unavailable']);
  expect(sentTexts(server)).toEqual(['of the guest']);
});

test('takes nothing more once it is closed, and gives up what is under way', async () => {
  const {server, client} = await setup();
  await client.guest();
  await client.connect();
  server.handlers['message:send'] = () => undefined;
  const underWay = settled(client.send(roomId, 'under way'));
  const call = settled(client.call('room:get', {roomId}));

  client.close();

  const late = [
    client.send(roomId, 'late'),
    client.call('room:get', {roomId}),
    client.call('typing:set', {roomId, typing: true}),
  ];
  expect([await underWay, await call]).toEqual(['unavailable', expect.any(String)]);
  expect(await Promise.all(late.map(settled))).toEqual(['unavailable', 'unavailable', 'unavailable']);
  expect(client.outbox.entries).toEqual([]);
});

test('gives up what waits for a user whom the server does not know', async () => {
  const {server, client} = await setup({token: 'mds_wrong'});
  server.refusals.push({code: 'unauthenticated', retryable: false});
  const sent = settled(client.send(roomId, 'of nobody'));

  await expect(client.connect()).rejects.toMatchObject({code: 'unauthenticated'});

  expect(await sent).toBe('unauthenticated');
  expect(await settled(client.send(roomId, 'of nobody'))).toBe('unauthenticated');
});

test('ends an upload and a request of a user who signs out', async () => {
  const begun: string[] = [];
  const {client} = await setup({
    fetch: (input, init) => {
      const {pathname} = new URL(String(input));
      if (pathname.startsWith('/api/v1/auth/')) return fetch(input, init);
      begun.push(pathname);
      return new Promise((_, reject) => {
        init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason as Error));
      });
    },
  });
  await client.guest();
  const work = [client.upload(new Blob(['x'])), client.http('GET', '/me')].map(settled);

  await client.logout();

  expect(begun).toEqual(['/api/v1/files', '/api/v1/me']);
  expect(await Promise.all(work)).toEqual(['unauthenticated', 'unauthenticated']);
});

test('gives up a node that says nothing soon enough to be with another one', async () => {
  const server = await startScriptedServer();
  const behind = Number(new URL(server.url).port);
  const open = new Set<Socket>();
  let isFirst = true;
  // Stands for a balancer that still routes to a lost node.
  const balancer = createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    if (isFirst) isFirst = false;
    else socket.pipe(connect(behind, '127.0.0.1').on('error', () => undefined)).pipe(socket);
  });
  await new Promise<void>((resolve) => void balancer.listen(0, '127.0.0.1', resolve));
  const client = createClient({url: `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`, times});
  const why = client.once('unreachable');
  stops.push(
    () => client.close(),
    () => open.forEach((socket) => socket.destroy()),
    () => void balancer.close(),
    server.close,
  );

  await client.connect();

  expect(server.handshakes).toHaveLength(1);
  expect((await why).details).toMatchObject({reason: 'timeout'});
});

test('tells why a node cannot be reached, and goes on trying', async () => {
  const {server, client} = await setup();
  await server.close();
  const told = client.once('unreachable');

  void client.connect().catch(() => undefined);

  const {message, details} = await told;
  expect(details).toMatchObject({reason: 'unreachable', cause: 'ECONNREFUSED'});
  expect(message).toContain(server.url);
  expect(client.status).toBe('connecting');
});

test("a message of one's own from another device is not unread, though it comes before the user is known", async () => {
  const {server, client} = await setup({cookie: 'sid=secret'});
  const state = roomState(server);
  const message = (seq: number, senderId: string) => ({
    roomId,
    seq,
    rev: seq,
    clientId: `${seq}`,
    sender: {id: senderId, name: 'Me', color: '#112233'},
    kind: 'text',
    text: 'hi',
    attachments: [],
    createdAt: '',
  });
  server.handlers['session:start'] = (_input, socket) => {
    socket.emit('room:joined', state);
    for (const [rev, sender] of [
      [4, server.user.id],
      [5, 'somebody else'],
    ] as const) {
      const entries = [{rev, type: 'message', message: message(rev, sender)}];
      socket.emit('room:log', {roomId, epoch: 'a', after: rev - 1, head: rev, entries});
    }
    return {user: server.user, node: 'node-1', rooms: [], frames: [], ended: []};
  };

  await client.connect();

  expect(client.rooms.get(roomId)?.timeline.cursor.rev).toBe(5);
  expect(client.rooms.get(roomId)?.state.unread).toBe(1);
});

/** The state of the only room. */
function roomState(server: Awaited<ReturnType<typeof startScriptedServer>>) {
  return {
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
}

/** From now on the user is in one room. */
function putInRoom(server: Awaited<ReturnType<typeof startScriptedServer>>): void {
  const state = roomState(server);
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
  // A page does the same: it shows what arrives together in the next step.
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

const jwtOf = (seconds: number, no: number) => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const iat = Math.floor(Date.now() / 1_000);
  return `${encode({alg: 'ES256'})}.${encode({iat, exp: iat + seconds, no})}.c2ln`;
};

function tokensOf(seconds: number) {
  const given: string[] = [];
  const getToken = async () => {
    given.push(jwtOf(seconds, given.length));
    return given.at(-1)!;
  };
  return {given, getToken};
}

test('gets a token for its connection, and gives the connection another before the first is over', async () => {
  const {given, getToken} = tokensOf(1);
  const {server, client} = await setup({getToken});
  server.handlers['session:refresh'] = () => ({expiresAt: new Date().toISOString()});

  await client.connect();

  const refreshed = () => server.received.filter(({name}) => name === 'session:refresh');
  await vi.waitFor(() => expect(refreshed().length).toBeGreaterThanOrEqual(2), {timeout: 10_000});
  expect(server.handshakes.map(({auth}) => auth)).toEqual([{token: given[0]}]);
  expect(refreshed()[0]!.input).toEqual({token: given[1]});
});

test('comes back with a new token when the one it had is over, or is refused after it has served', async () => {
  const {given, getToken} = tokensOf(600);
  const {server, client} = await setup({getToken});
  await client.connect();

  server.endConnections({reason: 'expired', reconnect: false, afterMs: 0});
  await vi.waitFor(() => expect(server.handshakes).toHaveLength(2), {timeout: 10_000});
  await statusIs(client, 'online');
  server.refusals.push({code: 'unauthenticated', retryable: false});
  server.dropConnections();
  await vi.waitFor(() => expect(server.handshakes).toHaveLength(4), {timeout: 10_000});
  await statusIs(client, 'online');

  expect(server.handshakes.map(({auth}) => auth)).toEqual([0, 1, 1, 2].map((no) => ({token: given[no]})));
});

test('gives up where a token that was just made is refused, and where it was revoked', async () => {
  const {getToken} = tokensOf(600);
  const {server, client} = await setup({getToken});
  server.refusals.push({code: 'unauthenticated', retryable: false});

  await expect(client.connect()).rejects.toMatchObject({code: 'unauthenticated'});
  expect(server.handshakes).toHaveLength(1);
  await client.connect();
  const signedOut = client.once('signedOut');
  server.endConnections({reason: 'revoked', reconnect: false, afterMs: 0});

  await expect(signedOut).resolves.toMatchObject({details: {reason: 'revoked'}});
});

test('tries again while no token is to be had, and takes one or the other', async () => {
  let failures = 2;
  const getToken = async () => {
    if ((failures -= 1) >= 0) throw new Error('offline');
    return 'mds_secret';
  };
  const {server, client} = await setup({getToken});

  await client.connect();

  expect(server.handshakes).toMatchObject([{auth: {token: 'mds_secret'}}]);
  expect(() => createClient({url: server.url, token: 'mds_x', getToken})).toThrow(TypeError);
});
