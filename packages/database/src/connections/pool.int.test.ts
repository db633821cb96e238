import {startFaultProxy} from '@madang/testkit/fault-proxy';
import {afterEach, expect, test} from 'vitest';
import {createAppender} from '../messages/append.ts';
import {createDatabase, type Database, type DatabaseOptions} from './pool.ts';
import {updateUser} from '../users/users.ts';
import {createWorld, silent, until} from '../../test/fixtures.ts';

const world = await createWorld();
const {tenantId, account, room, item, query} = world;
const open: {close(): Promise<void>}[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function pool(options: Partial<DatabaseOptions> = {}): Database {
  const db = createDatabase({url: world.url, log: silent, applicationName: 'pool test', ...options});
  open.push(db);
  return db;
}

/** The database behind a proxy that can fail. */
async function proxied(options: Partial<DatabaseOptions> = {}) {
  const {hostname, port} = new URL(world.url);
  const proxy = await startFaultProxy({host: hostname, port: Number(port)});
  const db = pool({url: proxy.url(world.url), ...options});
  open.push(proxy);
  return {proxy, db};
}

const ask = (db: Database, text = 'select 1 as one') => db.query<{one: number}>({name: '', text});
const elapsedMs = async (promise: Promise<unknown>) => {
  const startedAt = performance.now();
  await promise.catch(() => undefined);
  return performance.now() - startedAt;
};

test('reads bigints as numbers, forces durable commits and compiles nothing, whatever the database says', async () => {
  const name = new URL(world.url).pathname.slice(1);
  await query(`alter database ${name} set synchronous_commit = off`);
  await query(`alter database ${name} set jit = on`);
  const db = pool();

  const [row] = await db.query({
    name: '',
    text: `select 5::bigint as head, current_setting('synchronous_commit') as commit,
      current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('jit') as jit`,
  });

  expect(row).toEqual({head: 5, commit: 'on', statement: '700ms', lock: '400ms', jit: 'off'});
});

test('refuses at once while Postgres refuses connections, and goes on by itself when it is back', async () => {
  const {proxy, db} = await proxied();
  await ask(db);
  expect(db.isHealthy()).toBe(true);
  proxy.set('reset');
  proxy.cut();

  await expect(ask(db)).rejects.toMatchObject({code: 'unavailable'});
  expect(await elapsedMs(Promise.allSettled(Array.from({length: 50}, () => ask(db))))).toBeLessThan(800);
  expect(db.isHealthy()).toBe(false);

  proxy.set('pass');
  await until('an answer', () => ask(db).catch(() => undefined));
  expect(db.isHealthy()).toBe(true);
});

test('answers within its deadline when Postgres falls silent', async () => {
  const {proxy, db} = await proxied({deadlineMs: 300, maxConnections: 3});
  await ask(db);
  proxy.set('blackhole');

  const calls = Array.from({length: 10}, () => ask(db));
  const settled = Promise.allSettled(calls);
  expect(await elapsedMs(settled)).toBeLessThan(800);
  for (const one of await settled) expect(one).toMatchObject({reason: {code: 'unavailable'}});

  proxy.set('pass');
  proxy.cut();
  await until('an answer', () => ask(db).catch(() => undefined));
});

test('an idle connection that the server ends does not end the process and is not used again', async () => {
  const db = pool();
  await ask(db);
  await query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pool test'`);

  await expect(until('an answer', () => ask(db).catch(() => undefined))).resolves.toEqual([{one: 1}]);
});

test('never hands a connection on whose call was overdue, and keeps its place until the backend has gone', async () => {
  const db = pool({maxConnections: 1, deadlineMs: 200, statementTimeoutMs: 1_000, lockTimeoutMs: 1_000});

  await expect(ask(db, 'select pg_sleep(0.6), 0 as one')).rejects.toMatchObject({code: 'unavailable'});
  expect(db.stats()).toMatchObject({open: 0, abandoned: 1});
  expect(await elapsedMs(ask(db))).toBeLessThan(150);

  await until('the place to reopen', () => db.stats().abandoned === 0);
  expect(await ask(db)).toEqual([{one: 1}]);
});

test('frees the place of an overdue call also where a connection takes longer to open than a call may take', async () => {
  const {proxy, db} = await proxied({maxConnections: 1, deadlineMs: 200, statementTimeoutMs: 1_000});
  await until('an answer', () => ask(db).catch(() => undefined));
  proxy.delay(300);

  await expect(ask(db, 'select pg_sleep(0.6), 0 as one')).rejects.toMatchObject({code: 'unavailable'});
  expect(db.stats()).toMatchObject({abandoned: 1});
  await until('the place to be free', () => db.stats().abandoned === 0);

  proxy.delay(0);
  await until('an answer', () => ask(db).catch(() => undefined));
});

test('refuses as overloaded what finds no connection while others are being served', async () => {
  const db = pool({maxConnections: 1, deadlineMs: 300});
  await ask(db);

  const slow = Array.from({length: 8}, () => ask(db, 'select pg_sleep(0.1), 1 as one'));
  const settled = await Promise.allSettled(slow);

  expect(settled.filter(({status}) => status === 'fulfilled').length).toBeGreaterThan(1);
  expect(settled.at(-1)).toMatchObject({reason: {code: 'overloaded'}});
});

test('ends a statement that takes too long, and waits no longer for a lock, without losing the connection', async () => {
  const db = pool({statementTimeoutMs: 100, lockTimeoutMs: 50});
  const owner = await account();
  const session = await world.session();
  await session('begin');
  await session('select from users where id = $1 for update', [owner.id]);

  await expect(ask(db, 'select pg_sleep(1), 1 as one')).rejects.toMatchObject({code: 'unavailable'});
  await expect(updateUser(db, {tenantId, userId: owner.id, color: '#000000'})).rejects.toMatchObject({
    code: 'unavailable',
  });
  await session('commit');
  expect(db.stats()).toMatchObject({open: 1, abandoned: 0});
});

test('sends are refused at once while Postgres is away, and go on afterwards', async () => {
  const {proxy, db} = await proxied();
  const owner = await account();
  const {id} = await room(owner.id);
  const appender = createAppender(db, {log: silent, onCommitted: () => {}});
  open.push(appender);
  await appender.append(item(id, owner.id));
  proxy.set('reset');
  proxy.cut();

  const sends = Promise.allSettled(Array.from({length: 20}, () => appender.append(item(id, owner.id))));
  expect(await elapsedMs(sends)).toBeLessThan(800);
  for (const one of await sends) expect(one).toMatchObject({reason: {code: 'unavailable'}});

  proxy.set('pass');
  await until('a message to be stored', () => appender.append(item(id, owner.id)).catch(() => undefined));
});

test('a send whose acknowledgement was lost is found by its retry', async () => {
  const {proxy, db} = await proxied();
  const owner = await account();
  const {id} = await room(owner.id);
  const appender = createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 1_500});
  open.push(appender);
  await appender.append(item(id, owner.id));
  proxy.delay(1_000);
  const message = item(id, owner.id);
  await expect(appender.append(message)).rejects.toMatchObject({code: 'unavailable'});
  proxy.delay(0);

  const retried = await until('the retry to be answered', () =>
    appender.append({...message, receivedAt: performance.now()}).catch(() => undefined),
  );

  expect(retried).toMatchObject({seq: 2, duplicate: true});
});
