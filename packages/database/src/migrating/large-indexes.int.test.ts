import {createTestDatabase} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createDatabase, type Database} from '../connections/pool.ts';
import {silent} from '../../test/fixtures.ts';
import {makeLargeIndexes} from './large-indexes.ts';

const name = 'messages_thread_of_idx';
const run = <Row>(db: Database, text: string) => db.query<Row>({name: '', text});

async function open(): Promise<Database> {
  const database = await createTestDatabase();
  const patience = {lockTimeoutMs: 30_000, statementTimeoutMs: 30_000, deadlineMs: 60_000};
  const db = createDatabase({url: database.url, log: silent, applicationName: 'test', ...patience});
  onTestFinished(async () => {
    await db.close();
    await database.drop();
  });
  return db;
}

const readIndexes = (db: Database) =>
  run<{name: string; isValid: boolean}>(
    db,
    `select relname as name, indisvalid as "isValid" from pg_index join pg_class on oid = indexrelid
     where indrelid in ('messages'::regclass, 'notifications'::regclass) order by 1`,
  );

test('makes an index while a transaction is open, and lets others write', async () => {
  const db = await open();
  const before = await readIndexes(db);
  await run(db, `drop index ${name}`);
  const older = await db.connect();
  const ask = (text: string) => older.query({name: '', text}, [], 10_000);
  await ask('begin; lock table messages in row exclusive mode');

  const making = makeLargeIndexes(db);
  const isBegun = async () => (await readIndexes(db)).some((index) => index.name === name);
  await waitFor(isBegun, {timeoutMs: 20_000, what: 'the index to be begun'});
  // Rejects if it waits for the index.
  await run(db, 'set local lock_timeout = 1000; update messages set text = text where false');
  expect((await readIndexes(db)).find((index) => index.name === name)).toMatchObject({isValid: false});
  await ask('commit');

  await making;
  expect(await readIndexes(db)).toEqual(before);
  await older.close();
});

test('replaces an index whose making was cut off, once, however many run at once', async () => {
  const db = await open();
  const before = await readIndexes(db);
  await run(db, `update pg_index set indisvalid = false where indexrelid = '${name}'::regclass`);

  await Promise.all(Array.from({length: 5}, () => makeLargeIndexes(db)));

  expect(await readIndexes(db)).toEqual(before);
});
