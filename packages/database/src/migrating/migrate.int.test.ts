import {createEmptyDatabase} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {runner} from 'node-pg-migrate';
import {expect, onTestFinished, test} from 'vitest';
import {migrate, requiredMigration, requireSchema} from './migrate.ts';
import {createDatabase} from '../connections/pool.ts';
import {findTenantByHost} from '../operator/tenants.ts';
import {silent} from '../../test/fixtures.ts';

test('ten nodes that start at once on an empty database all come up', async () => {
  const {url, drop} = await createEmptyDatabase();
  const applied: unknown[] = [];
  const log = {...silent, info: (fields: object) => void applied.push(fields)};

  await Promise.all(Array.from({length: 10}, () => migrate(url, log)));

  const db = createDatabase({url, log: silent, applicationName: 'test'});
  await requireSchema(db);
  expect(new Set(applied.map((fields) => JSON.stringify(fields))).size).toBe(applied.length);
  expect((await findTenantByHost(db, 'anything')).name).toBe('default');
  await db.close();
  await drop();
});

test('a schema older than needed is refused in one line, a newer one accepted', async () => {
  const {url, drop} = await createEmptyDatabase();
  const db = createDatabase({url, log: silent, applicationName: 'test'});
  const refusal = () =>
    requireSchema(db).then(
      () => undefined,
      (error: Error) => error.message,
    );

  expect(await refusal()).toMatch(/^the database lacks migration \S+: run the migrations first$/);
  await migrate(url, silent);
  await db.query({
    name: '',
    text: `insert into migrations (name, run_on) values ('29990101000000000_future', now())`,
  });
  expect(await refusal()).toBeUndefined();
  // An older release that is restarted during a rolling upgrade finds migrations that it does not have.
  await migrate(url, silent);
  let questions = 0;
  const counted = {
    ...db,
    query: (...call: Parameters<typeof db.query>) => ((questions += 1), db.query(...call)),
  };
  await requireSchema(counted as typeof db);
  expect(questions).toBe(1);
  await db.query({name: '', text: `delete from migrations where name = $1`}, [requiredMigration]);
  expect(await refusal()).toContain(requiredMigration);

  await db.close();
  await drop();
});

const dir = fileURLToPath(new URL('../../migrations', import.meta.url));

test('a migration that adds columns to every message waits for an open transaction, and lets others write', async () => {
  const {url, drop} = await createEmptyDatabase();
  const db = createDatabase({url, log: silent, applicationName: 'test', deadlineMs: 30_000});
  onTestFinished(async () => {
    await db.close();
    await drop();
  });
  const people = readdirSync(dir)
    .toSorted()
    .findIndex((name) => name.endsWith('_people.sql'));
  const options = {
    databaseUrl: url,
    dir,
    migrationsTable: 'migrations',
    direction: 'up',
    log: () => {},
  } as const;
  await runner({...options, count: people});
  const [older, writer] = [await db.connect(), await db.connect()];
  const ask = (text: string) => older.query({name: '', text}, [], 10_000);
  await ask('begin; lock table messages in row exclusive mode');

  const migrating = migrate(url, silent);
  const isWaiting = {
    name: '',
    text: `select from pg_locks where mode = 'AccessExclusiveLock' and not granted
    and database = (select oid from pg_database where datname = current_database())`,
  };
  await waitFor(async () => (await db.query(isWaiting)).length > 0, {
    timeoutMs: 20_000,
    what: 'the migration to wait',
  });
  for (let no = 0; no < 20; no += 1) {
    // Rejects if it waits for as long as the migration does.
    const write = 'set local lock_timeout = 5000; update messages set text = text where false';
    await writer.query({name: '', text: write}, [], 10_000);
  }
  await expect(requireSchema(db)).rejects.toThrow(requiredMigration);
  await ask('commit');

  await migrating;
  await requireSchema(db);
  await Promise.all([older.close(), writer.close()]);
});
