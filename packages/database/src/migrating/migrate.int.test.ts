import {createEmptyDatabase} from '@madang/testkit/database';
import {expect, test} from 'vitest';
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
