// Calls that wait for one room's lock must not take the connections that everybody else needs.
import {createDatabase} from '@madang/database/connections/pool';
import {RawClient, registerAccount} from '@madang/testkit/raw-client';
import {afterAll, beforeAll, expect, test} from 'vitest';
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

async function connect(): Promise<RawClient> {
  return RawClient.connect(url, await registerAccount(url));
}
