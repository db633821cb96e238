import type {Frame} from '@madang/protocol/log';
import {expect, test} from 'vitest';
import {createAppender} from './append.ts';
import {readLog} from './log.ts';
import {createWorld, silent} from './test-world.ts';

const world = await createWorld();
const {db, account, room, item, join} = world;

function appender(onCommitted: (frames: Frame[]) => void = () => {}) {
  return world.closing(createAppender(db, {log: silent, onCommitted}));
}

test('stores a message with the next rev and announces it before it is acknowledged', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const frames: Frame[] = [];
  const {append} = appender((committed) => frames.push(...committed));

  const first = await append(item(id, owner.id, 'one'));
  expect(frames).toHaveLength(1);
  const second = await append(item(id, owner.id, 'two'));

  expect(first).toMatchObject({seq: 1, rev: 1, duplicate: false});
  expect(second).toMatchObject({seq: 2, rev: 2, duplicate: false});
  const log = await readLog(db, {roomId: id, after: 0, limit: 100});
  expect(log.entries).toEqual(frames.flatMap(({entries}) => entries));
  expect(log).toMatchObject({after: 0, head: 2, epoch: first.epoch});
});

test('refuses whoever may not write, each with their own code', async () => {
  const [owner, stranger] = [await account(), await account()];
  const open = await room(owner.id);
  const closed = await room(owner.id, {visibility: 'private'});
  const {append} = appender();

  await expect(append(item(open.id, stranger.id))).rejects.toMatchObject({code: 'forbidden'});
  await expect(append(item(closed.id, stranger.id))).rejects.toMatchObject({code: 'not_found'});
  await join(open.id, stranger.id);
  await expect(append(item(open.id, stranger.id))).resolves.toMatchObject({seq: 1});
});
