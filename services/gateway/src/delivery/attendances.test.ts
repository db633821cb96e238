import type {Statement} from '@madang/database/connections/pool';
import {createLogger} from '@madang/runtime/log';
import {expect, test} from 'vitest';
import {Attendances} from './attendances.ts';

/** A node's attendances over a Postgres that answers when the test says so. */
function setUp() {
  const written: string[] = [];
  const gate = {opens: Promise.resolve(), isAway: false};
  const db = {
    async query({name}: Statement, [roomIds, userIds]: [string[], string[]]) {
      await gate.opens;
      if (gate.isAway) throw new Error('Postgres is away');
      written.push(`${name} ${roomIds.map((roomId, at) => `${roomId}:${userIds[at]}`).join(' ')}`);
      return [];
    },
  };
  const log = createLogger({name: 'test', level: 'silent'});
  return {attendances: new Attendances(db as never, 'node', log), written, gate};
}

test('writes an end behind its begin, also where it comes while that is on its way', async () => {
  const {attendances, written, gate} = setUp();
  const {promise, resolve} = Promise.withResolvers<void>();
  gate.opens = promise;

  const begun = attendances.begin('r', 'ada');
  attendances.end('r', 'ada');
  resolve();
  await begun;

  expect(written).toEqual(['attend r:ada', 'depart r:ada']);
});

test('writes what changes while a write is on its way together, and as it stands by then', async () => {
  const {attendances, written} = setUp();

  const begun = attendances.begin('r', 'ada');
  const others = ['ben', 'eve', 'kim'].map((userId) => attendances.begin('r', userId));
  attendances.end('r', 'eve');
  attendances.end('r', 'ada');
  void attendances.begin('r', 'ada');
  await Promise.all([begun, ...others]);

  expect(written).toEqual(['attend r:ada', 'attend r:ben r:kim r:ada', 'depart r:eve']);
});

test('fails a begin that cannot be written, and writes its end once Postgres is back', async () => {
  const {attendances, written, gate} = setUp();
  gate.isAway = true;

  await expect(attendances.begin('r', 'ada')).rejects.toThrow();
  attendances.end('r', 'ada');
  await attendances.flush();
  expect(written).toEqual([]);
  gate.isAway = false;
  await attendances.flush();

  expect(written).toEqual(['depart r:ada']);
});

test('writes everyone again when what was written may have been lost', async () => {
  const {attendances, written} = setUp();
  await Promise.all([attendances.begin('r', 'ada'), attendances.begin('s', 'ben')]);
  attendances.end('s', 'ben');
  await attendances.flush();

  written.length = 0;
  attendances.assertAll();
  await attendances.flush();

  expect(written).toEqual(['attend r:ada']);
});

test('notes those who are there when a room becomes ephemeral once', async () => {
  const {attendances, written} = setUp();

  attendances.beginAll('r', ['ada', 'ben']);
  await attendances.flush();
  attendances.beginAll('r', ['ada', 'ben', 'eve']);
  await attendances.flush();

  expect(written).toEqual(['attend r:ada r:ben', 'attend r:eve']);
});
