/** Gateways whose sends and calls go through PgBouncer, which here knows neither `options` nor prepared statements. */
import {createDatabase} from '@madang/database/connections/pool';
import {migrate} from '@madang/database/migrating/migrate';
import {startPgbouncer, type PgbouncerOptions} from '@madang/testkit/pgbouncer';
import {silent} from '@madang/testkit/database';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {expect, onTestFinished, test} from 'vitest';
import {startGateways} from '../support/gateways.ts';

const patience = {statementTimeoutMs: 10_000, deadlineMs: 20_000};

async function pooledCluster(mode: PgbouncerOptions['mode'], settings: Record<string, string> = {}) {
  const cluster = await startGateways(0, {LOG_LEVEL: 'error'});
  onTestFinished(() => cluster.stop());
  const directUrl = cluster.env.DATABASE_URL!;
  const pooler = await startPgbouncer({mode, target: directUrl, settings});
  onTestFinished(() => pooler.close());
  const pooled = {
    DATABASE_URL: pooler.url(directUrl),
    DATABASE_POOLER: mode,
    ...(mode === 'transaction' && {DATABASE_DIRECT_URL: directUrl}),
  };
  return {cluster, pooler, pooled, directUrl};
}

/** Sends until the message is stored, as a client does. */
async function sendSurely(client: RawClient, roomId: string, text: string): Promise<number> {
  const clientId = randomUUID();
  for (;;) {
    const answer = await client.ask('message:send', {roomId, clientId, text}).catch(() => undefined);
    if (answer?.ok) return answer.data.seq;
    await delay(50);
  }
}

test.each(['session', 'transaction'] as const)(
  'in %s mode a restart of the pooler under sends loses and repeats nothing',
  async (mode) => {
    const {cluster, pooler, pooled} = await pooledCluster(mode);
    await migrate(cluster.databaseUrl, silent, {pooler: mode, appUrl: cluster.env.DATABASE_URL!});
    const [first, second] = [await cluster.add(pooled), await cluster.add(pooled)];
    const clients = await Promise.all(
      [first, second, first].map(async ({url}) => RawClient.connect(url, await signInGuest(url))),
    );
    const {room} = await clients[0]!.call('room:create', {title: 'Pooled', ephemeral: false});
    await Promise.all(clients.slice(1).map((client) => client.call('room:join', {roomId: room.id})));
    const stored = new Map<string, number>();
    let isOver = false;
    const senders = clients.map(async (client, who) => {
      for (let no = 0; !isOver; no += 1) {
        const text = `${who}-${no}`;
        stored.set(text, await sendSurely(client, room.id, text));
      }
    });
    await waitFor(() => stored.size > 20, {timeoutMs: 30_000, what: 'the first messages'});

    await pooler.restart();
    const before = stored.size;
    await waitFor(() => stored.size > before + 20, {timeoutMs: 60_000, what: 'messages after the restart'});
    isOver = true;
    await Promise.all(senders);

    const db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', ...patience});
    onTestFinished(() => db.close());
    const kept = await db.query<{seq: number; text: string}>({
      name: '',
      text: `select seq, text from messages where room_id = '${room.id}' and kind = 'text' order by seq`,
    });
    expect(new Map(kept.map(({seq, text}) => [text, seq]))).toEqual(stored);
    expect(kept).toHaveLength(stored.size);
    for (const client of clients) client.close();
  },
  240_000,
);

test('refuses in one line a role without the settings, and a pooler that nobody mentioned', async () => {
  const {cluster, pooled} = await pooledCluster('transaction');
  await expect(cluster.add(pooled)).rejects.toThrow(
    /^DATABASE_POOLER: the role lacks settings; .*alter role madang_test_app in database \w+ set jit = 'off'; /,
  );
  await expect(cluster.add({DATABASE_URL: pooled.DATABASE_URL})).rejects.toThrow(
    'DATABASE_URL: leads to a pooler; set DATABASE_POOLER=session or transaction',
  );
}, 120_000);

test('refuses a pooler that drops the settings of a connection in silence', async () => {
  const {cluster, pooled} = await pooledCluster('session', {ignore_startup_parameters: 'options'});
  const db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', ...patience});
  onTestFinished(() => db.close());
  const text = `do $$ begin execute format('alter database %I set datestyle to ''German''', current_database()); end $$`;
  await db.query({name: '', text});

  await expect(cluster.add({DATABASE_URL: pooled.DATABASE_URL})).rejects.toThrow(
    'DATABASE_URL: leads to a pooler that drops settings; set DATABASE_POOLER=session or transaction',
  );
}, 120_000);

test('an overdue call keeps its place until no backend works for it any longer', async () => {
  const {cluster, pooled, directUrl} = await pooledCluster('transaction');
  await migrate(cluster.databaseUrl, silent, {pooler: 'transaction', appUrl: cluster.env.DATABASE_URL!});
  const place = {url: pooled.DATABASE_URL, pooler: 'transaction' as const, directUrl};
  const db = createDatabase({
    ...place,
    log: silent,
    applicationName: 'test',
    maxConnections: 1,
    deadlineMs: 900,
  });
  onTestFinished(() => db.close());
  const ask = (text: string) => db.query<{one: number}>({name: 'named', text});
  await waitFor(() => ask('select 1 as one').catch(() => undefined), {timeoutMs: 20_000, what: 'an answer'});

  await expect(ask('select pg_sleep(1.7), 0 as one')).rejects.toMatchObject({code: 'unavailable'});
  expect(db.stats()).toMatchObject({abandoned: 1});

  await waitFor(() => db.stats().abandoned === 0, {timeoutMs: 20_000, what: 'the place to be free'});
  const again = await waitFor(() => ask('select 1 as one').catch(() => undefined), {
    timeoutMs: 20_000,
    what: 'an answer',
  });
  expect(again).toEqual([{one: 1}]);
}, 120_000);
