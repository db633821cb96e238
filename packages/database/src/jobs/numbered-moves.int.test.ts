import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createWorld, silent, until} from '../../test/fixtures.ts';
import {createAppender} from '../messages/append.ts';
import {restored} from '../migrating/restored.ts';
import {createMoveReader, numberMoves, pruneNumberedMoves, type MovedRoom} from './numbered-moves.ts';
import {pruneMoves} from './jobs.ts';

const world = await createWorld();
const {db, account, room, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));

const readerOf = (name: string) => world.closing(createMoveReader(db, {name, deadlineMs: 20_000}));
const number = () => numberMoves(db, {limit: 1_000});

/** A reader that has begun, and the rooms that were passed to it. */
async function begin(name: string = randomUUID()) {
  while ((await number()) > 0);
  const reader = readerOf(name);
  const handed: MovedRoom[] = [];
  const read = () => reader.next(async (rooms) => void handed.push(...rooms));
  await read();
  return {name, reader, handed, read};
}

async function rooms(count: number) {
  const owner = await account();
  const made = [];
  for (let no = 0; no < count; no += 1) made.push((await room(owner.id)).id);
  return {owner: owner.id, ids: made};
}

test('hands on each room that moved once, with where its log is, and nothing of before it began', async () => {
  const {
    owner,
    ids: [before, once, often],
  } = await rooms(3);
  await append(item(before!, owner));
  const {handed, read} = await begin();

  await append(item(once!, owner));
  for (let no = 0; no < 3; no += 1) await append(item(often!, owner));
  await number();
  await number();
  await read();
  await read();

  expect(new Map(handed.map(({roomId, head}) => [roomId, head]))).toEqual(
    new Map([
      [once, 1],
      [often, 3],
    ]),
  );
  expect(handed).toHaveLength(2);
});

test('misses no move that commits late, and numbers the positions of a tenant without a gap', async () => {
  const {
    owner,
    ids: [late, ...others],
  } = await rooms(4);
  const {handed, read} = await begin();
  const slow = await world.session();
  await slow('begin');
  await slow('select note_move($1)', [late]);
  for (const id of others) {
    await append(item(id, owner));
    await number();
  }
  await slow('commit');
  await number();
  await read();

  expect(handed.map(({roomId}) => roomId)).toEqual([...others, late]);
  const numbered = await query<{position: number; count: number}>(
    'select position, cardinality(room_ids) as count from numbered_moves order by position',
  );
  let last = 0;
  for (const {position, count} of numbered) expect((last += count)).toBe(position);
});

test('hands on every move of many writers, numbered a few at a time while they write', async () => {
  const {owner, ids} = await rooms(10);
  const {handed, read} = await begin();
  let isDone = false;
  const work = async () => {
    while (!isDone || (await numberMoves(db, {limit: 3})) > 0) {
      await numberMoves(db, {limit: 3});
      await read();
    }
  };
  const working = work();

  await Promise.all(Array.from({length: 300}, (_, no) => append(item(ids[no % 10]!, owner))));
  isDone = true;
  await working;
  while ((await number()) > 0 || (await read()) > 0);

  for (const id of ids) {
    const heads = handed.filter(({roomId}) => roomId === id).map(({head}) => head);
    expect(heads.at(-1)).toBe(30);
    expect(heads).toEqual([...new Set(heads)].toSorted((a, b) => a - b));
  }
});

test('goes on past a transaction with more rows than are numbered at once', async () => {
  const {ids} = await rooms(1);
  const {handed, read} = await begin();
  await query('select note_move($1) from generate_series(1, 9)', [ids[0]]);

  while ((await numberMoves(db, {limit: 2})) > 0);
  await read();

  expect(handed.map(({roomId}) => roomId)).toEqual(ids);
});

test('what a job writes and how far it has read commit together, or neither does', async () => {
  const {owner, ids} = await rooms(1);
  const {name, reader} = await begin();
  await query('create table if not exists derived (room_id uuid, head bigint)');
  await query('grant all on derived to public');
  const insert = {name: '', text: 'insert into derived values ($1, $2)'};
  await append(item(ids[0]!, owner));
  await number();

  await expect(
    reader.next(async ([moved], run) => {
      await run(insert, [moved!.roomId, moved!.head]);
      throw new Error('the worker dies');
    }),
  ).rejects.toThrow();
  const other = readerOf(name);
  await until('another to take over', () =>
    other.next(async ([moved], run) => void (await run(insert, [moved!.roomId, moved!.head]))),
  );

  expect(await query('select head from derived')).toEqual([{head: 1}]);
});

test('hands a move to one of two processes that read under one name', async () => {
  const {owner, ids} = await rooms(1);
  const {name, reader} = await begin();
  const other = readerOf(name);
  await other.next(async () => {});
  await append(item(ids[0]!, owner));
  await number();

  const counts: number[] = [];
  await reader.next(async () => void counts.push(await other.next(async () => {})));

  expect(counts).toEqual([0]);
});

test('keeps what was not numbered, and what a reader was not handed', async () => {
  const {owner, ids} = await rooms(1);
  const {handed, read} = await begin();
  await append(item(ids[0]!, owner));

  await pruneMoves(db, {keepMs: 0, limit: 1_000});
  expect(await number()).toBe(1);
  await pruneNumberedMoves(db, {keepMs: 0, limit: 1_000});
  await read();
  expect(handed).toMatchObject([{roomId: ids[0], head: 1}]);

  await query('delete from move_readers where batch < (select max(batch) from move_readers)');
  await until('both to be pruned', async () => {
    await pruneMoves(db, {keepMs: 0, limit: 1_000});
    await pruneNumberedMoves(db, {keepMs: 0, limit: 1_000});
    await number();
    return (await query('select from numbered_moves')).length === 0;
  });
});

test('goes on after a restore with what moves from then on', async () => {
  const {owner, ids} = await rooms(1);
  const {handed, read} = await begin();

  await restored(world.adminDb);
  await append(item(ids[0]!, owner));
  await number();
  await read();

  expect(handed).toMatchObject([{roomId: ids[0], head: 1}]);
});
