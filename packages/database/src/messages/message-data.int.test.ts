import {expect, test} from 'vitest';
import type {Frame} from '@madang/protocol/log';
import {createAppender} from './append.ts';
import {deleteMessage, editMessage, listMessages} from './messages.ts';
import {readLog} from '../delivery/log.ts';
import {createWorld, silent} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, account, room, member, item, query} = world;
const frames: Frame[] = [];
const appender = world.closing(
  createAppender(db, {log: silent, onCommitted: (committed) => void frames.push(...committed)}),
);
/** Nulls, nesting and list order are the product's. */
const data = {order: 7, note: null, lines: [{sku: 'a', left: null}]};

test('a message has its data and kind live as in every reading, in a batch with others that have none', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const asOwner = await member(id, owner.id);
  frames.length = 0;

  await Promise.all([
    appender.append({...item(id, owner.id, 'with'), data}),
    appender.append(item(id, owner.id, 'plain')),
    appender.append({...item(id, owner.id, 'told'), kind: 'system', data: {}, replyTo: undefined}),
  ]);
  await appender.append({...item(id, owner.id, 'answer'), data, replyTo: 1});

  const live = frames.flatMap(({entries}) => entries.map(({message}) => message));
  expect(live).toMatchObject([
    {kind: 'text', data},
    {kind: 'text'},
    {kind: 'system', data: {}},
    {replyTo: 1, data},
  ]);
  expect(live[1]).not.toHaveProperty('data');
  expect((await listMessages(db, asOwner, {limit: 10})).messages.toReversed()).toEqual(live);
  expect((await readLog(db, {roomId: id, after: 0, limit: 10})).entries.map(({message}) => message)).toEqual(
    live,
  );
});

test('an edit replaces text, data or both, and a deletion leaves nothing of either', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const asOwner = await member(id, owner.id);
  const {seq} = await appender.append({...item(id, owner.id, 'first'), data, replyTo: undefined});
  const {seq: answer} = await appender.append({...item(id, owner.id, 'answer'), replyTo: seq});
  const edited = async (patch: {text?: string; data?: Record<string, unknown> | null}, of = seq) =>
    (await editMessage(db, asOwner, {seq: of, ...patch})).frame.entries[0]!.message!;

  expect(await edited({data: {order: null}})).toMatchObject({text: 'first', data: {order: null}});
  expect(await edited({text: 'second'})).toMatchObject({text: 'second', data: {order: null}});
  expect(await edited({data: null})).not.toHaveProperty('data');
  expect(await edited({text: 'third', data}, answer)).toMatchObject({text: 'third', data, replyTo: seq});
  const {frame} = await deleteMessage(db, asOwner, {seq: answer});
  expect(frame!.entries[0]!.message).not.toHaveProperty('data');
  expect(await query('select payload from messages where room_id = $1 and seq = $2', [id, answer])).toEqual([
    {payload: {}},
  ]);
});
