import {createDatabase} from '@madang/database/connections/pool';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startReplicatedPostgres} from './replicated-postgres.ts';
import type {ReplicatedPostgres} from './replicated-postgres.ts';
import {waitFor} from './wait-for.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

let postgres: ReplicatedPostgres;
beforeAll(async () => {
  postgres = await startReplicatedPostgres();
}, 90_000);
afterAll(() => postgres?.close());

test('what was committed is there after failovers, at the same address, also where the old server lives on', async () => {
  const db = createDatabase({url: postgres.url, log: silent, applicationName: 'test', deadlineMs: 5_000});
  const say = (text: string) =>
    waitFor(() => db.query({name: '', text}), {timeoutMs: 20_000, what: `"${text}"`});
  await say('create table kept (number integer)');
  await say('insert into kept values (1)');

  await postgres.failOver();
  await say('insert into kept values (2)');
  await postgres.replaceStandby();
  await say('insert into kept values (3)');
  await postgres.failOver();
  await postgres.replaceStandby();
  await say('insert into kept values (4)');
  await postgres.promote();
  await say('insert into kept values (5)');
  await postgres.replaceStandby();
  await say('insert into kept values (6)');

  expect(await say('select number from kept order by number')).toEqual([
    {number: 1},
    {number: 2},
    {number: 3},
    {number: 4},
    {number: 5},
    {number: 6},
  ]);
  await db.close();
}, 180_000);
