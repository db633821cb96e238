import {startPrivatePostgres, type PrivatePostgres} from '@madang/testkit/private-postgres';
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createAppender, type Appender} from './append.ts';
import {migrate} from '../migrating/migrate.ts';
import {createDatabase, type Database} from '../connections/pool.ts';
import {createPulse, type Pulse} from '../delivery/pulse.ts';
import {createRoom} from '../rooms/rooms.ts';
import {signOutSession} from '../access/sessions.ts';
import {findTenantByHost} from '../operator/tenants.ts';
import {silent, until} from '../../test/fixtures.ts';
import {insertAccount} from '../users/users.ts';

const places = 3;
const slots = 2;
let server: PrivatePostgres;
let db: Database;
let admin: Database;
let appender: Appender;
let pulse: Pulse;

beforeAll(async () => {
  server = await startPrivatePostgres();
  await migrate(server.url, silent);
  db = createDatabase({url: server.url, log: silent, applicationName: 'test', maxConnections: places});
  admin = createDatabase({url: server.url, log: silent, applicationName: 'admin'});
  appender = createAppender(db, {log: silent, onCommitted: () => {}, slots});
  pulse = createPulse(db, {nodeId: randomUUID(), leaseMs: 8_000});
});
afterAll(async () => {
  await pulse.close();
  await appender.close();
  await db.close();
  await admin.close();
  await server.close();
});

/** The backends whose commit waits for the standby. */
async function hangingBackends() {
  const text = `select pid from pg_stat_activity where wait_event = 'SyncRep'`;
  return (await admin.query({name: '', text})).length;
}

test('while every commit hangs, writes are answered as open in time, hold few backends, and pulses go on; then all goes on', async () => {
  const {id: tenantId} = await findTenantByHost(db, 'any');
  const {user} = await insertAccount(db, {tenantId, name: 'mina', passwordHash: 'hash', color: '#112233'});
  const make = {tenantId, userId: user.id, title: 'Room', visibility: 'public', ephemeral: false} as const;
  const {state} = await createRoom(db, make);
  const send = (clientId: string) =>
    appender.append({
      tenantId,
      roomId: state.room.id,
      senderId: user.id,
      sender: {id: user.id, name: 'mina', color: '#112233'},
      clientId,
      text: 'hello',
      receivedAt: performance.now(),
    });
  await send(randomUUID());
  await pulse.ask([]);
  await server.configure('synchronous_standby_names', 'missing');
  await until('commits to hang', async () => {
    await signOutSession(admin, {sessionHash: randomUUID()}).catch(() => undefined);
    return (await hangingBackends()) > 0;
  });
  const before = await hangingBackends();

  const hung = randomUUID();
  const open = {code: expect.stringMatching(/^(unavailable|overloaded)$/)};
  await expect(send(hung)).rejects.toMatchObject({code: 'unavailable'});
  for (let round = 0; round < 4; round++) {
    const startedAt = performance.now();
    const writes = [send(hung), ...Array.from({length: 6}, () => createRoom(db, make))];
    for (const one of await Promise.allSettled(writes)) expect(one).toMatchObject({reason: open});
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    // Once every place hangs, the pool refuses at once, including reads; the pulse has a separate connection.
    await expect(pulse.ask([])).resolves.toMatchObject({fresh: false});
  }
  expect((await hangingBackends()) - before).toBeLessThanOrEqual(places + slots);

  await server.configure('synchronous_standby_names', '');
  await until('the places to reopen', () => db.stats().abandoned + appender.stats().abandoned === 0);
  await expect(
    until('a retry to be answered', () => send(hung).catch(() => undefined)),
  ).resolves.toMatchObject({
    seq: 2,
    duplicate: true,
  });
  await expect(createRoom(db, make)).resolves.toMatchObject({created: true});
});
