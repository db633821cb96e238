// Promises 6, 8 and 9: a node may be paused at any time. It blocks nobody meanwhile. When it wakes, it neither shows
// nor accepts anything that has been revoked since.
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createDatabase} from '@madang/database/connections/pool';
import type {CallInput, CallName} from '@madang/protocol/calls';
import type {ServerEventPayload} from '@madang/protocol/events';
import type {RoomState} from '@madang/protocol/rooms';
import {startCluster, type GatewayProcess, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {
  findGaps,
  RawClient,
  Reader,
  Refused,
  registerAccount,
  request,
  signInGuest,
  type Received,
  type SignedIn,
} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {findFaults, readStored, type Seen} from '../support/ledger.ts';
import {acknowledged, load, quantile, type Answer} from '../support/load.ts';

const frozenMs = 20_000;

let cluster: ProcessCluster;
let frozen: GatewayProcess;
beforeAll(async () => {
  cluster = await startCluster({gateways: 3, worker: true});
  frozen = cluster.gateways[2]!;
}, 90_000);
afterAll(() => cluster?.stop());

test('a room that is locked in Postgres for 2 s delays no other room', async () => {
  const {url} = cluster.gateways[0]!;
  const speaker = await RawClient.connect(url, await signInGuest(url));
  const rooms = await Promise.all(
    Array.from({length: 4}, (_, index) =>
      speaker.call('room:create', {title: `Room ${index}`, ephemeral: false}),
    ),
  );
  const [locked, ...others] = rooms.map(({room}) => room.id) as [string, ...string[]];
  const stop = new AbortController();
  const loads = Promise.all(others.map((roomId) => load([speaker], roomId, stop.signal, 50)));

  const holding = lockRoom(locked, 2_000);
  await waitFor(() => isLocked(locked), {timeoutMs: 2_000, what: 'the lock to be held', everyMs: 5});
  const lockedAt = performance.now();
  const behind = await speaker.ask('message:send', {roomId: locked, clientId: randomUUID(), text: 'wait'});
  await holding;
  const freeAt = performance.now();
  stop.abort();

  const answers = (await loads).flat().filter(({at}) => at > lockedAt && at < freeAt);
  expect(freeAt - lockedAt).toBeGreaterThan(1_500);
  expect(answers.length).toBeGreaterThan(50);
  expect(answers.filter(({code}) => code !== 'ok')).toEqual([]);
  const times = answers.map(({ms}) => ms);
  expect(quantile(times, 0.95)).toBeLessThan(400);
  expect(behind).toMatchObject({ok: false, error: {retryable: true}});
  await waitFor(() => speaker.send(locked, 'go on'), {timeoutMs: 5_000, what: 'the room to take messages'});
  speaker.close();
});

test('a gateway frozen for 20 s blocks no room; awake it shows nothing stale, and neither shows nor accepts anything to and from whom it was taken away', async () => {
  const [here, there] = cluster.gateways as [GatewayProcess, GatewayProcess];
  const owner = await enter(here);
  const roomId = owner.state.room.id;
  const account = await registerAccount(here.url);
  const [neighbour, sleeper, kicked, revoked] = [
    await enter(there, roomId),
    await enter(frozen, roomId),
    await enter(frozen, roomId),
    await enter(frozen, roomId, account),
  ];
  await onlineIs(owner, 5);
  const stop = new AbortController();
  const stopAsleep = new AbortController();
  const neighbours = load([owner.client, neighbour.client], roomId, stop.signal);
  const sleepers = load([sleeper.client], roomId, stopAsleep.signal);
  const outcasts = load([revoked.client, kicked.client], roomId, stopAsleep.signal);
  await waitFor(() => sleeper.reader.entries.length > 50, {timeoutMs: 20_000, what: 'the load'});

  frozen.kill('SIGSTOP');
  const frozenAt = performance.now();
  await untilQuiet([kicked.client, revoked.client]);
  for (const {client} of [kicked, revoked]) client.received.length = 0;
  const saidBefore = owner.reader.cursor.rev;
  await request(here.url, 'POST', '/auth/logout', {cookie: account.cookie, body: {everywhere: true}});
  const {leftAt} = await owner.client.call('member:remove', {roomId, userId: kicked.client.user.id});
  const {room} = await owner.client.call('room:update', {roomId, title: 'Renamed meanwhile'});
  const takenAt = performance.now();
  await onlineIs(owner, 2);
  const goneMs = performance.now() - frozenAt;
  // Queued at Redis for the frozen node: an event that is sent at once, and that nobody repeats.
  await neighbour.client.call('typing:set', {roomId, typing: true});
  const late = askLate(roomId, {revoked, kicked, sleeper, account, newcomer: await signInGuest(here.url)});
  stopAsleep.abort();
  await delay(frozenMs - (performance.now() - frozenAt));
  const thawedAt = performance.now();
  const {seq: newest} = await owner.client.send(roomId, 'wake up');
  frozen.kill('SIGCONT');

  await waitFor(() => !revoked.client.socket.connected, {timeoutMs: 5_000, what: 'the revoked to be closed'});
  await waitFor(() => kicked.client.events('room:left').length > 0, {
    timeoutMs: 5_000,
    what: 'the kick to be told',
  });
  const answers = await late;
  await onlineIs(owner, 3);
  const backMs = performance.now() - thawedAt;
  stop.abort();

  // It blocked nobody. Its users were neither counted nor missed for long.
  const during = (await neighbours).filter(({at}) => at > frozenAt && at < thawedAt);
  expect(during.length).toBeGreaterThan(200);
  expect(during.filter(({code}) => code === 'ok').length / during.length).toBeGreaterThan(0.99);
  expect(
    quantile(
      during.map(({ms}) => ms),
      0.95,
    ),
  ).toBeLessThan(500);
  expect(Math.max(goneMs, backMs)).toBeLessThan(15_000);

  // The revoked session: nothing was shown, nothing accepted. What the node was writing when it was frozen arrives once
  // it wakes, but was sent before.
  const shown = revoked.client.received.filter(({event}) => event !== 'room:log');
  expect(shown.map(({event}) => event)).toEqual(['session:ending']);
  expect(revoked.client.frames(roomId).filter(({head}) => head > saidBefore)).toEqual([]);
  expect(answers.revoked.filter((answer) => answer !== 'none' && answer !== 'unauthenticated')).toEqual([]);
  expect(answers.http).toBe(401);
  expect(answers.handshake).toBe('unauthenticated');
  const stored = await readStored(cluster.databaseUrl, roomId);
  const refused = (await outcasts).filter(({at}) => at > takenAt);
  expect(refused.length).toBeGreaterThan(100);
  expect(storedOf(stored, refused)).toEqual([]);

  // The kicked member: everything before the kick, and nothing after it.
  expect(answers.kicked).toEqual(['forbidden', 'forbidden', 'forbidden']);
  expect(ofRoom(kicked.client, roomId).filter(({event}) => event !== 'room:log')).toMatchObject([
    {event: 'room:left', payload: {leftAt, reason: 'removed'}},
  ]);
  expect(kicked.reader.cursor.rev).toBe(leftAt - 1);
  expect(kicked.reader.breaches).toEqual([]);

  // The unaffected member: nothing stale, nothing missing, never disconnected.
  expect(answers.sleeper.title).toBe(room.title);
  expect(answers.sleeper.newest).toBeGreaterThanOrEqual(newest);
  expect(answers.newcomer).toBe('connected');
  // Held until the node has caught up, which may have just happened.
  await waitFor(
    () =>
      sleeper.client
        .events<ServerEventPayload<'room:typing'>>('room:typing')
        .some(({user, typing}) => user.id === neighbour.client.user.id && typing),
    {timeoutMs: 5_000, what: 'the sleeper to hear of the typing'},
  );
  await waitFor(
    () => [owner, neighbour, sleeper].every(({reader}) => reader.cursor.rev >= stored.at(-1)!.seq),
    {
      timeoutMs: 5_000,
      what: 'everyone to hold the whole log',
    },
  );
  const observers = [owner, neighbour, sleeper];
  const sent = [...(await neighbours), ...(await sleepers), ...(await outcasts)];
  const seen = new Map(observers.map(({client, reader}) => [client.user.name, messagesOf(reader)]));
  expect(findFaults(stored, acknowledged(sent, roomId), seen)).toEqual([]);
  for (const {client, reader} of observers) {
    expect([...findGaps(client.frames(roomId)), ...reader.breaches, reader.resyncs]).toEqual([0]);
  }
  for (const {client} of [...observers, kicked]) client.close();
}, 90_000);

type Member = {client: RawClient; state: RoomState; reader: Reader};

async function enter({url}: GatewayProcess, roomId?: string, who?: SignedIn): Promise<Member> {
  const client = await RawClient.connect(url, who ?? (await signInGuest(url)));
  const state = roomId
    ? await client.call('room:join', {roomId})
    : await client.call('room:create', {title: 'Dormitory', ephemeral: false});
  return {client, state, reader: new Reader(client, state)};
}

/** Data that the kernel had already taken still arrives, however long this process takes to read it. */
async function untilQuiet(clients: RawClient[]): Promise<void> {
  const count = () => clients.reduce((sum, {received}) => sum + received.length, 0);
  let before = -1;
  while (before !== count()) {
    before = count();
    // oxlint-disable-next-line no-await-in-loop
    await delay(500);
  }
}

type Late = Record<'revoked' | 'kicked' | 'sleeper', Member> & {account: SignedIn; newcomer: SignedIn};

/** Sends calls to the frozen node, which finds all of them when it wakes; returns the answers. */
async function askLate(roomId: string, {revoked, kicked, sleeper, account, newcomer}: Late) {
  // Under another host name, so that the request gets a new connection instead of one that idled too long.
  const address = frozen.url.replace('127.0.0.1', 'localhost');
  const [ofRevoked, ofKicked, about, list, http, handshake, welcome] = await Promise.all([
    askAll(revoked, roomId),
    askAll(kicked, roomId),
    serve(() => sleeper.client.call('room:get', {roomId}, frozenMs * 2)),
    serve(() => sleeper.client.call('message:list', {roomId, limit: 1}, frozenMs * 2)),
    serve(async () => {
      const {status} = await request(address, 'GET', `/rooms/${roomId}/messages`, {cookie: account.cookie});
      return status !== 503 && status;
    }),
    connect(account),
    connect(newcomer),
  ]);
  return {
    revoked: ofRevoked,
    kicked: ofKicked,
    sleeper: {title: about.room.title, newest: list.messages[0]!.seq},
    http,
    handshake,
    newcomer: welcome,
  };
}

/** The node's answers to a user who sends, reads and catches up; `none` if it never answers. */
function askAll({client}: Member, roomId: string): Promise<string[]> {
  const ask = async <Name extends CallName>(name: Name, input: CallInput<Name>) => {
    if (!client.socket.connected) return 'none';
    const answer = await client.ask(name, input, frozenMs * 2);
    if (answer.ok) return 'ok';
    return !answer.error.retryable && answer.error.code;
  };
  return Promise.all([
    serve(() => ask('message:send', {roomId, clientId: randomUUID(), text: 'too late'})),
    serve(() => ask('message:list', {roomId})),
    serve(() => ask('room:sync', {roomId, after: 0})),
  ]);
}

/** Retries while a node that has just woken is busy with its backlog. */
function serve<Answer>(ask: () => Promise<Answer>) {
  return waitFor(ask, {timeoutMs: frozenMs * 2, what: 'the node that woke to answer', everyMs: 200});
}

async function connect(who: SignedIn): Promise<string> {
  try {
    const client = await RawClient.connect(frozen.url, who);
    client.close();
    return 'connected';
  } catch (error) {
    return error instanceof Refused ? error.error.code : String(error);
  }
}

async function onlineIs({client, state}: Member, online: number): Promise<void> {
  await waitFor(async () => (await client.call('room:get', {roomId: state.room.id})).room.online === online, {
    timeoutMs: 15_000,
    what: `${online} to be online`,
    everyMs: 50,
  });
}

function messagesOf({entries}: Reader): Seen[] {
  return entries.flatMap(({type, message}) => (type === 'message' && message ? [message] : []));
}

function storedOf(stored: Seen[], answers: Answer[]): string[] {
  const clientIds = new Set(stored.map(({clientId}) => clientId));
  return answers.map(({clientId}) => clientId).filter((clientId) => clientIds.has(clientId));
}

function ofRoom({received}: RawClient, roomId: string): Received[] {
  return received.filter(({payload}) => (payload as {roomId?: string}).roomId === roomId);
}

/** Holds the lock of a room's row for the given time, in one statement. */
async function lockRoom(roomId: string, ms: number): Promise<void> {
  await query('select pg_sleep($2) from (select from rooms where id = $1 for update) as held', [
    roomId,
    ms / 1_000,
  ]);
}

async function isLocked(roomId: string): Promise<boolean> {
  const free = await query('select from rooms where id = $1 for update skip locked', [roomId]);
  return free.length === 0;
}

async function query(text: string, values: unknown[]): Promise<unknown[]> {
  const timeoutMs = 10_000;
  const db = createDatabase({
    url: cluster.databaseUrl,
    log: {debug() {}, info() {}, warn() {}, error() {}},
    applicationName: 'test',
    maxConnections: 1,
    statementTimeoutMs: timeoutMs,
    deadlineMs: timeoutMs,
  });
  try {
    return await db.query({name: '', text}, values);
  } finally {
    await db.close();
  }
}
