import {asApp, createEmptyDatabase, createTestDatabase} from '@madang/testkit/database';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createHash, createHmac, pbkdf2Sync} from 'node:crypto';
import {scramVerifier} from './logins.ts';
import {migrate, requireSchema} from './migrate.ts';
import {createDatabase, type Database} from '../connections/pool.ts';
import {silent} from '../../test/fixtures.ts';

let owner: Database;
let app: Database;
let admin: Database;
let close: () => Promise<void>;

const patient = {statementTimeoutMs: 10_000, deadlineMs: 20_000};
const connect = (url: string) => createDatabase({url, log: silent, applicationName: 'test', ...patient});
const run = <Row>(db: Database, text: string, values: unknown[] = []) =>
  db.query<Row>({name: '', text}, values);
const denied = {code: '42501'};

beforeAll(async () => {
  const database = await createTestDatabase();
  [owner, app, admin] = [connect(database.url), connect(database.appUrl), connect(database.adminUrl)];
  close = async () => {
    await Promise.all([owner, app, admin].map((db) => db.close()));
    await database.drop();
  };
});
afterAll(() => close());

const objects = `
  select c.oid::regclass::text as name, c.relowner::regrole::text as owner from pg_class c
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`;

test('gateways, workers and operators own nothing, and cannot make or change anything', async () => {
  for (const [db, role] of [
    [app, 'madang_test_app'],
    [admin, 'madang_test_admin'],
  ] as const) {
    await requireSchema(db);
    const owned = await run(owner, 'select from pg_shdepend where refobjid = $1::regrole and deptype = $2', [
      role,
      'o',
    ]);
    expect(owned).toEqual([]);
    const [attributes] = await run(
      owner,
      'select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles where rolname = $1',
      [role],
    );
    expect(Object.values(attributes as object)).toEqual([false, false, false, false, false]);
    for (const text of [
      'create table x ()',
      'alter table messages add column x integer',
      'drop table audit_log',
      'truncate messages',
      'create function x() returns void language sql as $$ $$',
      'create role x',
      `alter table audit_log disable trigger all`,
    ]) {
      await expect(run(db, text), text).rejects.toMatchObject(denied);
    }
  }
});

test('gateways and workers append to the audit log, and neither read nor change it', async () => {
  await run(app, `insert into audit_log (action) values ('test')`);

  for (const text of [
    'select * from audit_log',
    `update audit_log set action = 'other'`,
    'delete from audit_log',
    'truncate audit_log',
    'update cluster set audit_days = 1',
    'update migrations set name = name',
  ]) {
    await expect(run(app, text), text).rejects.toMatchObject(denied);
  }
  await expect(run(admin, `select from audit_log where action = 'test'`)).resolves.toHaveLength(1);
  await expect(run(admin, 'delete from audit_log')).rejects.toMatchObject(denied);
});

test('lines of the audit log go when they are older than the configuration says, whichever role asks', async () => {
  await run(owner, 'update cluster set audit_days = 30');
  await run(
    owner,
    `insert into audit_log (action, at) values
      ('expired', now() - interval '31 days'), ('expired', now() - interval '40 days'), ('kept', now() - interval '29 days')`,
  );
  // A table of this name in front of the real one must not be emptied with the owner's rights.
  await run(app, 'select set_config($1, $2, false)', ['search_path', 'pg_temp, public']);

  const pruned = [];
  for (let no = 0; no < 3; no += 1) {
    pruned.push((await run<{pruned: number}>(app, 'select prune_audit_log(1) as pruned'))[0]?.pruned);
  }

  expect(pruned).toEqual([1, 1, 0]);
  const left = await run(owner, `select action from audit_log where action in ('expired', 'kept')`);
  expect(left).toEqual([{action: 'kept'}]);
});

test('every table and function has its grants, and so have those of later migrations', async () => {
  await run(owner, 'create table later (id bigint generated always as identity, name text)');
  await run(owner, 'create function later() returns integer language sql as $$ select 1 $$');
  await run(owner, 'revoke execute on function later() from public');
  const tables = await run<{name: string}>(owner, objects);
  const functions = await run<{name: string}>(
    owner,
    `select p.oid::regprocedure::text as name from pg_proc p
     where pronamespace = 'public'::regnamespace
       and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
  );
  expect(tables.map(({name}) => name)).toEqual(expect.arrayContaining(['messages', 'later', 'audit_log']));

  for (const group of ['madang_app', 'madang_admin']) {
    for (const {name} of tables) {
      const [row] = await run<{granted: string[]}>(
        owner,
        `select array(select privilege from unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,TRIGGER,REFERENCES}'::text[])
           as privilege where has_table_privilege($1, $2, privilege)) as granted`,
        [group, name],
      );
      expect([name, row!.granted]).toEqual([name, privilegesOf(group, name)]);
    }
    for (const {name} of functions) {
      const [row] = await run<{granted: boolean}>(
        owner,
        `select has_function_privilege($1, $2, 'execute') as granted`,
        [group, name],
      );
      expect([name, row!.granted]).toEqual([name, true]);
    }
  }
  await run(app, `insert into later (name) values ('x')`);
  await run(owner, 'drop table later');
  await run(owner, 'drop function later()');
});

function privilegesOf(group: string, table: string): string[] {
  const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
  if (table === 'migrations' || table === 'installed_functions') return ['SELECT'];
  if (table === 'audit_log') return group === 'madang_app' ? ['INSERT'] : ['SELECT', 'INSERT'];
  const isOperators = ['cluster', 'tenants', 'tenant_hosts', 'room_types', 'api_keys'].includes(table);
  return isOperators && group === 'madang_app' ? ['SELECT'] : all;
}

test('what a migration grants too much or a restore has left out is put right by the next migration', async () => {
  const {url, drop} = await createEmptyDatabase();
  const appUrl = asApp(url);
  await migrate(url, silent, {appUrl, auditDays: 90});
  const [db, restored] = [connect(url), connect(appUrl)];
  await run(db, 'revoke all on all tables in schema public from madang_app');
  await run(db, 'revoke all on schema public from madang_app, public');
  await run(db, 'grant delete on audit_log to madang_app');
  await expect(run(restored, 'select from messages')).rejects.toThrow();

  await migrate(url, silent, {appUrl});

  await run(restored, 'select from messages');
  await expect(run(restored, 'delete from audit_log')).rejects.toMatchObject(denied);
  await expect(run(db, 'select audit_days from cluster')).resolves.toEqual([{audit_days: 90}]);
  await Promise.all([db.close(), restored.close()]);
  await drop();
});

test('one role that owns everything, and may make no other, is enough', async () => {
  const {url, drop} = await createEmptyDatabase();
  const superuser = connect(url);
  const name = new URL(url).pathname.slice(1);
  await run(superuser, `create role "${name}" login password '${scramVerifier('only')}'`);
  await run(superuser, `alter database "${name}" owner to "${name}"`);
  const only = new URL(url);
  Object.assign(only, {username: name, password: 'only'});

  await migrate(only.href, silent);
  await migrate(only.href, silent, {appUrl: only.href, adminUrl: only.href});

  const db = connect(only.href);
  await requireSchema(db);
  await run(db, `insert into audit_log (action) values ('test')`);
  await run(db, 'select prune_audit_log(10)');
  await expect(migrate(only.href, silent, {appUrl: 'postgres://nobody_yet:x@127.0.0.1/x'})).rejects.toThrow(
    `create role "nobody_yet" login password '…' in role madang_app`,
  );
  await db.close();
  await run(superuser, `alter database "${name}" owner to current_user`);
  await run(superuser, `drop owned by "${name}"`);
  await run(superuser, `drop role "${name}"`);
  await superuser.close();
  await drop();
});

test('a process with the rights of a gateway may start with MIGRATE on when nothing is to be done', async () => {
  const database = await createTestDatabase();
  await migrate(database.appUrl, silent);
  await database.drop();
});

test('the verifier of a password is what Postgres would store', () => {
  const verifier = scramVerifier('pencil', Buffer.from('a salt of sixteen'));
  const [, iterations, salt, stored] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):/.exec(verifier)!;
  const key = pbkdf2Sync('pencil', Buffer.from(salt!, 'base64'), Number(iterations), 32, 'sha256');
  const client = createHmac('sha256', key).update('Client Key').digest();
  expect(createHash('sha256').update(client).digest('base64')).toBe(stored);
});
