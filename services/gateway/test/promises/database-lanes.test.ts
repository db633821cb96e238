// Calls that wait for one room's lock must not take the connections that everybody else needs.
import {createDatabase} from '@madang/database/connections/pool';
import {RawClient, registerAccount, signInGuest} from '@madang/testkit/raw-client';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

let gateways: Gateways;
let url: string;

beforeAll(async () => {
  gateways = await startGateways(1);
  url = gateways.urls[0]!;
}, 60_000);
afterAll(() => gateways?.stop());

/** Holds the lock of a room from outside until it is released. */
async function lockRoom(roomId: string) {
  const db = createDatabase({
    url: gateways.databaseUrl,
    log: silent,
    applicationName: 'test lock',
    // A transaction belongs to one connection.
    maxConnections: 1,
  });
  await db.query({name: '', text: 'begin'});
  await db.query({name: '', text: 'select from rooms where id = $1 for update'}, [roomId]);
  return {release: () => db.close()};
}

test('while many changes wait for one locked room, others read and make rooms', async () => {
  const [attacker, other] = await Promise.all([connect(), connect()]);
  const {room} = await attacker.call('room:create', {title: 'Den'});
  const {room: quiet} = await other.call('room:create', {title: 'Quiet'});
  const lock = await lockRoom(room.id);

  const changes = Array.from({length: 100}, (_, index) =>
    attacker.ask('room:update', {roomId: room.id, title: `Den ${index}`}),
  );
  const read = await other.ask('room:get', {roomId: quiet.id});
  const made = await other.ask('room:create', {title: 'Another'});
  const changed = await other.ask('room:update', {roomId: quiet.id, title: 'Still quiet'});
  await lock.release();
  await Promise.all(changes);

  expect([read, made, changed].map(({ok}) => ok)).toEqual([true, true, true]);
});

test('a user with very many changes under way is refused more, and others are not', async () => {
  const [attacker, other] = await Promise.all([connect(), connect()]);
  const {room} = await attacker.call('room:create', {title: 'Den'});
  const lock = await lockRoom(room.id);

  const changes = Array.from({length: 300}, (_, index) =>
    attacker.ask('room:update', {roomId: room.id, title: `Den ${index}`}),
  );
  const made = await other.ask('room:create', {title: 'Another'});
  await lock.release();
  const codes = (await Promise.all(changes)).map((answer) => (answer.ok ? 'ok' : answer.error.code));

  expect(made.ok).toBe(true);
  expect(codes).toContain('rate_limited');
});

test('of many session starts that Postgres is slow at, few are read at once, and what is refused was never read', async () => {
  const clients = await Promise.all(Array.from({length: 60}, connectGuest));
  for (const client of clients) await client.call('room:create', {title: 'Own'});
  const db = createDatabase({url: gateways.databaseUrl, log: silent, applicationName: 'test slow'});
  const ask = <Row>(text: string) => db.query<Row>({name: '', text});
  await ask('create sequence reads');
  await ask('grant usage on sequence reads to public');
  await ask('alter function read_state(uuid, uuid) rename to read_state_quickly');
  await ask(`
    create function read_state(p_room_id uuid, p_user_id uuid) returns json language sql volatile
    as 'select read_state_quickly(p_room_id, p_user_id) from nextval(''reads''), pg_sleep(0.3)'`);
  onTestFinished(async () => {
    await ask('drop function read_state(uuid, uuid)');
    await ask('alter function read_state_quickly(uuid, uuid) rename to read_state');
    await ask('drop sequence reads');
    await db.close();
  });
  const underWay = async () => {
    const [row] = await ask<{count: number}>(
      // By its sleep: a backend that has just answered is still listed as active when the next one begins.
      `select count(*)::int from pg_stat_activity where wait_event = 'PgSleep' and query like '%read_state(mine%'`,
    );
    return row!.count;
  };

  let most = 0;
  let isOver = false;
  const starting = Promise.all(clients.map((client) => client.ask('session:start', {}, 30_000))).finally(
    () => {
      isOver = true;
    },
  );
  while (!isOver) most = Math.max(most, await underWay());
  const answers = await starting;

  const codes = answers.map((answer) => (answer.ok ? 'ok' : answer.error.code));
  const refused = codes.filter((code) => code === 'overloaded').length;
  const [row] = await ask<{read: number}>('select last_value as read from reads');
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4);
  expect(codes).toContain('ok');
  expect(row!.read).toBeLessThanOrEqual(codes.length - refused);
}, 120_000);

async function connect(): Promise<RawClient> {
  return RawClient.connect(url, await registerAccount(url));
}

async function connectGuest(): Promise<RawClient> {
  return RawClient.connect(url, await signInGuest(url));
}
