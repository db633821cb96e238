/** A name that moves to a promoted standby, while the old primary lives on and may only be read. */
import {createMetrics} from '@madang/runtime/metrics';
import {startPrivatePostgres} from '@madang/testkit/private-postgres';
import {startReplicatedPostgres} from '@madang/testkit/replicated-postgres';
import {waitFor} from '@madang/testkit/wait-for';
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {expect, onTestFinished, test} from 'vitest';
import {createPulse} from '../delivery/pulse.ts';
import {createAppender, type AppendResult} from '../messages/append.ts';
import {migrate} from '../migrating/migrate.ts';
import {findTenantByHost} from '../operator/tenants.ts';
import {joinRoom} from '../rooms/members.ts';
import {insertAccount} from '../users/users.ts';
import {silent} from '../../test/fixtures.ts';
import {createDatabase} from './pool.ts';

/** A database on two servers, with a room in which somebody sends. */
async function replicated() {
  const postgres = await startReplicatedPostgres();
  onTestFinished(() => postgres.close());
  await migrate(postgres.url, silent);
  const db = createDatabase({url: postgres.url, log: silent, applicationName: 'node-1'});
  onTestFinished(() => db.close());
  const {id: tenantId, defaultRoomIds} = await findTenantByHost(db, 'localhost');
  const roomId = defaultRoomIds[0]!;
  const {user} = await insertAccount(db, {tenantId, name: 'sender', passwordHash: 'hash', color: '#112233'});
  await joinRoom(db, {tenantId, roomId, userId: user.id});
  const appender = createAppender(db, {log: silent, onCommitted: () => {}});
  onTestFinished(() => appender.close());

  /** Sends until the message is stored, as a client does. */
  async function send(text: string, isOver = () => false): Promise<AppendResult | undefined> {
    const item = {tenantId, roomId, senderId: user.id, sender: user, clientId: randomUUID(), text};
    while (!isOver()) {
      const stored = await appender
        .append({...item, receivedAt: performance.now()})
        .catch(() => delay(50, undefined));
      if (stored) return stored;
    }
    return undefined;
  }
  return {postgres, db, send, roomId};
}

test('leaves a primary that may no longer write on all connections at once, and loses and repeats nothing', async () => {
  const {postgres, db, send, roomId} = await replicated();
  const pulse = createPulse(db, {nodeId: randomUUID(), leaseMs: 8_000});
  onTestFinished(() => pulse.close());
  await pulse.ask([]);
  await Promise.all(Array.from({length: 8}, () => db.query({name: '', text: 'select pg_sleep(0.1)'})));
  const stored = new Map<string, number>();
  let isOver = false;
  const sender = async (name: number) => {
    for (let no = 0; !isOver; no += 1) {
      const text = `${name}-${no}`;
      stored.set(text, (await send(text))!.seq);
    }
  };
  const senders = Array.from({length: 10}, (_, name) => sender(name));
  await waitFor(() => stored.size > 50, {timeoutMs: 20_000, what: 'the first messages'});

  await postgres.promote();
  const before = stored.size;
  await waitFor(() => stored.size > before + 10, {timeoutMs: 30_000, what: 'messages on the new primary'});
  isOver = true;
  await Promise.all(senders);

  const kept = await db.query<{seq: number; text: string}>({
    name: '',
    text: `select seq, text from messages where room_id = '${roomId}' and kind = 'text' order by seq`,
  });
  expect(new Map(kept.map(({seq, text}) => [text, seq]))).toEqual(stored);
  expect(kept).toHaveLength(stored.size);
  const server = await waitFor(() => pulse.ask([]).catch(() => undefined), {
    timeoutMs: 5_000,
    what: 'the pulse of the new primary',
  });
  expect(server.fresh).toBe(true);
}, 240_000);

test('tells once that a server accepts no more writes, leaves it on all connections, and returns', async () => {
  const postgres = await startPrivatePostgres();
  onTestFinished(() => postgres.close());
  const lines: object[] = [];
  const log = {...silent, warn: (line: object) => void lines.push(line)};
  const metrics = createMetrics();
  const patience = {deadlineMs: 10_000, statementTimeoutMs: 10_000};
  const db = createDatabase({url: postgres.url, log, metrics, applicationName: 'node-1', ...patience});
  onTestFinished(() => db.close());
  const write = {name: '', text: 'insert into kept values (1)'};
  await db.query({name: '', text: 'create table kept (number integer)'});
  await Promise.all(
    Array.from({length: 4}, () => db.query({name: '', text: 'insert into kept select 1 from pg_sleep(0.2)'})),
  );
  const other = await db.connect({name: 'pulse'});

  await postgres.configure('default_transaction_read_only', 'on');
  await waitFor(
    () =>
      db.query(write).then(
        () => false,
        () => true,
      ),
    {timeoutMs: 20_000, what: 'the refusal'},
  );
  expect(other.isOpen).toBe(false);
  await expect(db.query(write)).rejects.toMatchObject({code: 'unavailable'});

  const faults = lines.filter((line) => 'cause' in line);
  expect(faults).toEqual([
    {client: 'calls', cause: '25006', connection: 'node-1', reason: expect.stringMatching(/read-only/)},
  ]);
  expect(await metrics.getSingleMetricAsString('madang_postgres_faults_total')).toContain(
    'client="calls",cause="25006"',
  );
  postgres.amend('default_transaction_read_only = off');
  await waitFor(
    () =>
      db.query(write).then(
        () => true,
        () => false,
      ),
    {timeoutMs: 20_000, what: 'a write'},
  );
}, 120_000);
