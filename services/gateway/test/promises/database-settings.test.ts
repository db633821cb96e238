/**
 * The database may be configured with any output format for values: neither what people see nor what is refused depends
 * on it.
 */
import {createDatabase} from '@madang/database/connections/pool';
import {migrate} from '@madang/database/migrating/migrate';
import {createLogger} from '@madang/runtime/log';
import {asApp, createEmptyDatabase, silent} from '@madang/testkit/database';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {expect, onTestFinished, test} from 'vitest';
import {startGateways} from '../support/gateways.ts';

const settings = {
  datestyle: 'German',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  escape_string_warning: 'on',
  backslash_quote: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  gin_fuzzy_search_limit: '1',
  default_transaction_isolation: 'serializable',
};

async function set(url: string, changes: Record<string, string>): Promise<void> {
  const log = createLogger({name: 'test', level: 'warn'});
  const db = createDatabase({
    url,
    log,
    applicationName: 'test',
    statementTimeoutMs: 10_000,
    deadlineMs: 12_000,
  });
  for (const [name, value] of Object.entries(changes)) {
    const text = `do $$ begin execute format('alter database %I set ${name} to ${name === 'search_path' ? value : `''${value}''`}', current_database()); end $$`;
    await db.query({name: '', text});
  }
  await db.close();
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/;

test.each([
  ['everything set otherwise', settings],
  ['DateStyle SQL, DMY', {datestyle: 'SQL, DMY'}],
  ['DateStyle Postgres, YMD', {datestyle: 'Postgres, YMD'}],
])('with %s, talk goes on as ever', async (_what, changes) => {
  const cluster = await startGateways(0);
  onTestFinished(() => cluster.stop());
  await set(cluster.databaseUrl, changes);
  const {url} = await cluster.add();
  const [owner, member] = [
    await RawClient.connect(url, await signInGuest(url)),
    await RawClient.connect(url, await signInGuest(url)),
  ];
  const {room} = await owner.call('room:create', {title: 'Backslash \\ and NULL', ephemeral: false});
  await member.call('room:join', {roomId: room.id});

  const {seq} = await owner.send(room.id, 'one \\ two');
  await owner.call('message:edit', {roomId: room.id, seq, text: "NULL \\'"});
  const mutedUntil = new Date(Date.now() + 3_600_000).toISOString();
  const muted = await owner.call('member:update', {roomId: room.id, userId: member.user.id, mutedUntil});
  const again = await owner.call('message:list', {roomId: room.id});
  const start = await member.call('session:start', {cursors: {}});

  expect(Date.parse(muted.member.mutedUntil!)).toBe(Date.parse(mutedUntil));
  expect(room).toMatchObject({title: 'Backslash \\ and NULL', createdAt: expect.stringMatching(isoTime)});
  expect(again.messages).toMatchObject([
    {text: "NULL \\'", createdAt: expect.stringMatching(isoTime), editedAt: expect.stringMatching(isoTime)},
  ]);
  expect(start.rooms.map((state) => state.room.id)).toContain(room.id);
  expect(await member.ask('message:send', {roomId: room.id, clientId: room.id, text: 'muted'})).toMatchObject(
    {
      ok: false,
      error: {code: 'forbidden'},
    },
  );
  for (const client of [owner, member]) client.close();
});

test.each([
  ['which the database names', {} as {DATABASE_SCHEMA?: string}, {search_path: 'chat'}],
  ['which the processes name', {DATABASE_SCHEMA: 'chat'}, {search_path: 'elsewhere, public'}],
])(
  'in a schema of its own, %s, 24 guests get in at once and talk',
  async (_what, env, paths) => {
    const {url, drop} = await createEmptyDatabase();
    onTestFinished(() => drop());
    await set(url, {...paths, datestyle: 'German', default_transaction_isolation: 'serializable'});
    const db = createDatabase({
      url,
      log: silent,
      applicationName: 'test',
      statementTimeoutMs: 10_000,
      deadlineMs: 12_000,
    });
    await db.query({name: '', text: 'create schema if not exists chat'});
    await db.close();
    await migrate({url, schema: env.DATABASE_SCHEMA}, silent, {appUrl: asApp(url)});
    const cluster = await startGateways(2, {DATABASE_URL: asApp(url), LOG_LEVEL: 'error', ...env});
    onTestFinished(() => cluster.stop());

    const guests = await Promise.all(
      Array.from({length: 24}, async (_, no) => {
        const at = cluster.urls[no % 2]!;
        return RawClient.connect(at, await signInGuest(at));
      }),
    );
    const {room} = await guests[0]!.call('room:create', {title: 'Chat', ephemeral: false});
    await Promise.all(guests.slice(1).map((guest) => guest.call('room:join', {roomId: room.id})));
    const sent = await Promise.all(guests.map((guest) => guest.send(room.id, 'hello')));

    expect(new Set(sent.map(({seq}) => seq)).size).toBe(24);
    for (const guest of guests) guest.close();
  },
  120_000,
);
