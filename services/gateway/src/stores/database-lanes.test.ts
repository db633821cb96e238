import type {Database} from '@madang/database/connections/pool';
import {expect, test} from 'vitest';
import type {Context} from '../context.ts';
import {createLanes} from '../lanes/lanes.ts';
import {createDatabaseLanes} from './database-lanes.ts';

/** The lane of session starts before a database that answers when the test says so. */
function setUp() {
  const lane = createDatabaseLanes(createLanes())['session-start']!;
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const db = {
    query: ({name}: {name: string}) => {
      begun.push(name);
      return new Promise((resolve) => ends.push(() => resolve([])));
    },
  } as unknown as Database;
  /** A call of its own user, with the queries that it makes one after the other. */
  async function call(name: string, connection: {hasEnded: boolean} = {hasEnded: false}) {
    const ctx = {tenantId: 't', address: name, connection} as unknown as Context;
    const lent = lane.lend(db, ctx, {});
    for (const step of ['first', 'second']) await lent.query({name: `${step} of ${name}`, text: ''});
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const finish = async () => {
    for (let end; await settle(), (end = ends.shift());) end();
  };
  return {begun, call, settle, finish};
}

const names = ['a', 'b', 'c', 'd', 'e', 'f'];

test('of many session starts four queries run at once, and those that have begun are finished first', async () => {
  const {begun, call, settle, finish} = setUp();
  const all = names.map((name) => call(name));
  await settle();
  expect(begun).toHaveLength(4);

  await finish();
  await Promise.all(all);

  expect(begun.slice(4)).toEqual([
    // The place of the first one went to the next call before it could ask again.
    'first of e',
    ...['a', 'b', 'c', 'd', 'e'].map((name) => `second of ${name}`),
    'first of f',
    'second of f',
  ]);
});

test('a session start whose connection has closed meanwhile asks the database nothing', async () => {
  const {begun, call, finish} = setUp();
  const connection = {hasEnded: false};
  const all = names.slice(0, 4).map((name) => call(name));
  const refused = expect(call('late', connection)).rejects.toMatchObject({code: 'overloaded'});
  connection.hasEnded = true;
  await finish();
  await Promise.all([...all, refused]);

  expect(begun).not.toContain('first of late');
});
