import {createTestDatabase} from '@madang/testkit/database';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createDatabase, type Database} from '../connections/pool.ts';
import {silent} from '../../test/fixtures.ts';
import {exchangeProbes, leaveProbes, mayStepAside, stepBack, type PeerReport} from './node-probes.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({url: database.appUrl, log: silent, applicationName: 'test'});
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const reportOf = (id: string): PeerReport => ({
  id,
  report: {sinceMs: 1, echoAgeMs: 2, soundForMs: 3, heardAgeMs: {other: 4}},
});

test('each node gets the last report of every other, until that one has left or is silent', async () => {
  expect(await exchangeProbes(db, reportOf('a'))).toEqual([]);
  await exchangeProbes(db, reportOf('b'));
  await exchangeProbes(db, reportOf('c'));

  expect((await exchangeProbes(db, reportOf('a'))).map(({id}) => id).toSorted()).toEqual(['b', 'c']);
  expect(await exchangeProbes(db, reportOf('b'))).toContainEqual(reportOf('a'));
  await leaveProbes(db, 'c');
  await db.query({
    name: '',
    text: `update node_probes set until = clock_ms() - interval '1 second' where id = 'b'`,
  });

  expect(await exchangeProbes(db, reportOf('a'))).toEqual([]);
});

test('of nodes that ask at once, one may step aside, again and again, until it steps back, leaves or is silent', async () => {
  const nodes = Array.from({length: 8}, (_, no) => `node ${no}`);
  const answers = await Promise.all(nodes.map((id) => mayStepAside(db, id)));
  const chosen = nodes[answers.indexOf(true)]!;
  const other = nodes.find((id) => id !== chosen)!;

  expect(answers.filter(Boolean)).toHaveLength(1);
  expect([await mayStepAside(db, other), await mayStepAside(db, chosen)]).toEqual([false, true]);
  await stepBack(db, other);
  expect(await mayStepAside(db, other)).toBe(false);
  await stepBack(db, chosen);
  expect(await mayStepAside(db, other)).toBe(true);
  await leaveProbes(db, other);
  expect(await mayStepAside(db, chosen)).toBe(true);
  await db.query({
    name: '',
    text: `update node_probes set until = clock_ms() - interval '1 second' where id = ''`,
  });
  expect(await mayStepAside(db, other)).toBe(true);
});
