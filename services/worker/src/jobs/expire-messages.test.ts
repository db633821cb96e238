import type {Database} from '@madang/database/connections/pool';
import {expect, test} from 'vitest';
import {createExpireMessages} from './expire-messages.ts';

/** A database of so many rooms, which are named by their place; notes where each reading began, and its limit. */
function databaseOf(rooms: number) {
  const asked: {after: number; limit: number}[] = [];
  const query = async (_: unknown, [given, limit]: [string | undefined, number]) => {
    const after = Number(given ?? 0);
    asked.push({after, limit});
    return [{next: after + limit <= rooms ? String(after + limit) : null}];
  };
  return {asked, db: {query} as unknown as Database};
}

test('a run looks at 500 rooms in small pieces, and the next one goes on there', async () => {
  const {asked, db} = databaseOf(1_000_000);
  const {run, everyMs} = createExpireMessages(db);

  await run();
  expect(asked.map(({after}) => after)).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400, 450]);
  expect(Math.max(...asked.map(({limit}) => limit))).toBe(50);
  await run();
  expect(asked[10]).toMatchObject({after: 500});

  // What docs/protocol.md promises of a million rooms.
  expect((1_000_000 / 500) * everyMs).toBeLessThan(6 * 3_600_000);
});

test('a run ends with the last room, and the next one begins with the first', async () => {
  const {asked, db} = databaseOf(120);
  const {run} = createExpireMessages(db);

  await run();
  await run();

  expect(asked.map(({after}) => after)).toEqual([0, 50, 100, 0, 50, 100]);
});
