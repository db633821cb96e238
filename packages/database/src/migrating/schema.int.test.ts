import {createEmptyDatabase} from '@madang/testkit/database';
import {staysTrue} from '@madang/testkit/stays-true';
import {waitFor} from '@madang/testkit/wait-for';
import {readdirSync, readFileSync} from 'node:fs';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {functionsVersion, installFunctions} from './functions.ts';
import {migrate} from './migrate.ts';
import {createDatabase, type Database} from '../connections/pool.ts';
import {silent} from '../../test/fixtures.ts';

const schema = new URL('../../schema/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, schema), 'utf8');
const list = (folder: string) => readdirSync(new URL(folder, schema)).toSorted();

// Tables refer only to earlier ones.
const tables = [
  'cluster',
  'tenants',
  'users',
  'erasures',
  'rooms',
  'members',
  'messages',
  'notifications',
  'moves',
  'events',
  'audit-log',
  'usage',
  'projections',
  'outgoing',
  'reports',
];

let opened: {db: Database; close(): Promise<void>}[] = [];
beforeEach(() => {
  opened = [];
});
afterEach(async () => {
  for (const {close} of opened) await close();
});

async function openEmpty(): Promise<{db: Database; url: string}> {
  const {url, drop} = await createEmptyDatabase();
  const patience = {statementTimeoutMs: 30_000, deadlineMs: 60_000};
  const db = createDatabase({url, log: silent, applicationName: 'test', maxConnections: 1, ...patience});
  const close = async () => {
    await db.close();
    await drop();
  };
  opened.push({db, close});
  return {db, url};
}

const run = <Row>(db: Database, text: string) => db.query<Row>({name: '', text});

/** Every part of the schema that can differ, as one sorted list of lines. Column order does not count. */
const describe = `
  select line from (
    select format('column %s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then 'not null' end, coalesce(nullif(a.attidentity::text, ''), pg_get_expr(d.adbin, d.adrelid)),
      concat_ws(' ', a.attstorage, (select collname from pg_collation where oid = a.attcollation)))
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
    union all
    select format('table %s %s', relname, reloptions) from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')
    union all
    select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
    where connamespace = current_schema()::regnamespace
    union all
    select pg_get_indexdef(indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = current_schema()::regnamespace
    union all
    select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where not t.tgisinternal and c.relnamespace = current_schema()::regnamespace
    union all
    select pg_get_functiondef(oid) from pg_proc where pronamespace = current_schema()::regnamespace
  ) as described (line)
  where line !~ '\\mmigrations\\M' or line like 'CREATE OR REPLACE FUNCTION%'
  order by line collate "C"`;

const linesOf = async (db: Database) => (await run<{line: string}>(db, describe)).map(({line}) => line);

test('the schema that one reads is the schema that the migrations make', async () => {
  const [migrated, written] = [await openEmpty(), await openEmpty()];
  await migrate(migrated.url, silent);

  await run(written.db, read('functions/clock.sql'));
  for (const name of tables) await run(written.db, read(`tables/${name}.sql`));
  const functions = list('functions/').map((name) => read(`functions/${name}`));
  await run(written.db, `set local check_function_bodies = off; ${functions.join('\n')}`);
  await run(written.db, read('triggers.sql') + read('noting-triggers.sql') + read('large-indexes.sql'));

  expect(list('tables/')).toEqual(tables.map((name) => `${name}.sql`).toSorted());
  const lines = await linesOf(written.db);
  expect(lines).toEqual(await linesOf(migrated.db));
  expect(lines.length).toBeGreaterThan(400);
});

const bodyOfRank = `select prosrc as body from pg_proc where proname = 'role_rank'`;
const spoil = `create or replace function role_rank(p_role text) returns integer language sql immutable as 'select 7'`;

test('an older release that starts during an upgrade does not put its functions back', async () => {
  const {db, url} = await openEmpty();
  await migrate(url, silent);
  await run(db, spoil);
  await run(
    db,
    `update installed_functions set version = ${functionsVersion + 1}, hash = 'of a later release'`,
  );

  await migrate(url, silent);

  expect(await run(db, bodyOfRank)).toEqual([{body: 'select 7'}]);
});

test('an upgrade replaces every function, and a repeat none', async () => {
  const {db, url} = await openEmpty();
  await migrate(url, silent);
  const [fresh] = await run(db, bodyOfRank);
  await run(db, spoil);
  await run(db, `update installed_functions set version = 0, hash = ''`);

  await migrate(url, silent);

  expect(await run(db, bodyOfRank)).toEqual([fresh]);
  expect(await installFunctions(db)).toBe('kept');
});

test('a release that was overtaken after it had looked changes nothing', async () => {
  const {db, url} = await openEmpty();
  await migrate(url, silent);
  await run(db, `update installed_functions set version = 0, hash = ''`);
  let isOvertaken = false;
  const overtaken: Database = {
    ...db,
    async query(statement, values) {
      const rows = await db.query<never>(statement, values);
      if (!isOvertaken) await run(db, `update installed_functions set version = ${functionsVersion + 1}`);
      isOvertaken = true;
      return rows;
    },
  };
  await run(db, spoil);

  expect(await installFunctions(overtaken)).toBe('kept');

  expect(await run(db, bodyOfRank)).toEqual([{body: 'select 7'}]);
});

test('waits for the transactions that were open when functions were replaced', async () => {
  const {db, url} = await openEmpty();
  await migrate(url, silent);
  await run(db, `update installed_functions set version = 0, hash = ''`);
  const older = await db.connect();
  const ask = <Row>(text: string) => older.query<Row>({name: '', text}, [], 5_000);
  await ask('begin');
  let isDone = false;

  const installing = installFunctions(db).finally(() => (isDone = true));
  const isReplaced = async () =>
    (await ask<{version: number}>('select version from installed_functions'))[0]!.version ===
    functionsVersion;
  await waitFor(isReplaced, {timeoutMs: 20_000, what: 'the functions to be replaced'});
  await staysTrue(() => !isDone, 500, {what: 'the installation waits'});
  await ask('commit');

  expect(await installing).toBe('installed');
  await older.close();
});

test('an upgrade that waits to make a trigger lets others write', async () => {
  const {db, url} = await openEmpty();
  await migrate(url, silent);
  const names = [...read('noting-triggers.sql').matchAll(/^create trigger (\w+)[^;]*? on (\w+)/gm)];
  for (const [, name, table] of names) await run(db, `drop trigger ${name} on ${table}`);
  await run(db, `update installed_functions set version = 0, hash = ''`);
  const isMade = async (name: string) =>
    (await run(db, `select from pg_trigger where tgname = '${name}'`)).length > 0;
  const [older, writer] = [await db.connect(), await db.connect()];
  await older.query({name: '', text: 'begin; lock table rooms in row exclusive mode'}, [], 5_000);

  const installing = installFunctions(db);
  await waitFor(() => isMade('users_gone'), {
    timeoutMs: 20_000,
    what: 'the triggers before the first one on rooms',
  });
  for (const until = performance.now() + 2_000; performance.now() < until;) {
    // Rejects if it waits for as long as the upgrade runs.
    const write = `set local lock_timeout = 5000; update rooms set title = title where false`;
    await writer.query({name: '', text: write}, [], 10_000);
  }
  expect(await isMade('rooms_made')).toBe(false);
  await older.query({name: '', text: 'commit'}, [], 5_000);

  expect(await installing).toBe('installed');
  for (const [, name] of names) expect([name, await isMade(name!)]).toEqual([name, true]);
  await older.close();
  await writer.close();
});
