import {limits} from '@madang/protocol/limits';
import {expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {grantReading, type Reading} from '../rooms/membership.ts';
import {truncateRoom} from '../rooms/rooms.ts';
import {createAppender} from './append.ts';
import {editMessage} from './messages.ts';
import {listAfter, listAround, listPinned} from './pages.ts';
import {pinMessage} from './pins.ts';

const world = await createWorld();
const {db, tenantId, account, guest, room, join, member, item, query} = world;
const appender = world.closing(createAppender(db, {log: silent, onCommitted: () => undefined}));

/** A room with messages of its owner; seqs[i] is where message i is. Edits make holes. */
async function stage(count: number, text = (no: number) => `message ${no}`) {
  const owner = await account();
  const {id: roomId} = await room(owner.id);
  const asOwner = await member(roomId, owner.id);
  const seqs: number[] = [];
  for (let no = 0; no < count; no += 1) {
    const {seq} = await appender.append(item(roomId, owner.id, text(no)));
    seqs.push(seq);
    if (no % 3 === 0) await editMessage(db, asOwner, {seq, data: {no}});
  }
  return {roomId, owner, asOwner, seqs, reading: grantReading({userId: owner.id, roomId})};
}
const seqsOf = ({messages}: {messages: {seq: number}[]}) => messages.map(({seq}) => seq).toReversed();
const around = (reading: Reading, seq: number, limit: number) =>
  listAround(db, reading, {around: seq, limit});
const after = (reading: Reading, seq: number, limit: number) => listAfter(db, reading, {after: seq, limit});

test('a page around a message has as many on both sides, and more of one where the other ends', async () => {
  const {reading, seqs} = await stage(11);

  const middle = await around(reading, seqs[5]!, 5);
  expect(seqsOf(middle)).toEqual(seqs.slice(3, 8));
  expect(middle).toMatchObject({more: true, moreAfter: true});
  // A hole: an edit took this rev.
  expect(seqsOf(await around(reading, seqs[6]! + 1, 4))).toEqual(seqs.slice(5, 9));
  expect(await around(reading, seqs[0]!, 3)).toMatchObject({more: false, moreAfter: true});
  expect(seqsOf(await around(reading, seqs[0]!, 3))).toEqual(seqs.slice(0, 3));
  const end = await around(reading, seqs[10]!, 4);
  expect(seqsOf(end)).toEqual(seqs.slice(7));
  expect(end).toMatchObject({more: true, moreAfter: false});
  expect(seqsOf(await around(reading, seqs[5]!, 1))).toEqual([seqs[5]]);
  expect(await around(reading, seqs[5]!, 200)).toMatchObject({
    messages: {length: 11},
    more: false,
    moreAfter: false,
  });
});

test('pages after a message lead to the end without a gap', async () => {
  const {reading, seqs} = await stage(10);

  const first = await after(reading, seqs[1]!, 4);
  expect(seqsOf(first)).toEqual(seqs.slice(2, 6));
  expect(first).toMatchObject({more: true, moreAfter: true});
  const second = await after(reading, first.messages[0]!.seq, 4);
  expect(seqsOf(second)).toEqual(seqs.slice(6, 10));
  expect(second).toMatchObject({more: true, moreAfter: false});
  expect(await after(reading, seqs[9]!, 4)).toEqual({messages: [], more: true, moreAfter: false});
  expect(await after(reading, 0, 2)).toMatchObject({more: false, moreAfter: true});
});

test('long messages shorten a page evenly, and never leave the message out that it is around', async () => {
  const {reading, seqs} = await stage(60, () => '가'.repeat(4_000));

  const page = await around(reading, seqs[30]!, 60);
  expect(Buffer.byteLength(JSON.stringify(page.messages))).toBeLessThanOrEqual(limits.syncBytes);
  const shown = seqsOf(page);
  expect(shown.length).toBeGreaterThan(15);
  expect(shown).toEqual(seqs.slice(seqs.indexOf(shown[0]!), seqs.indexOf(shown.at(-1)!) + 1));
  expect(Math.abs(shown.indexOf(seqs[30]!) - shown.length / 2)).toBeLessThanOrEqual(1);
  expect(page).toMatchObject({more: true, moreAfter: true});
  expect((await after(reading, seqs[0]!, 60)).moreAfter).toBe(true);
});

test('nobody is shown what was truncated, or what came before they joined where history is hidden', async () => {
  const {roomId, asOwner, seqs, reading} = await stage(6);
  const pins = async (as: Reading) => (await listPinned(db, as, {limit: 50})).messages.map(({seq}) => seq);
  for (const no of [1, 3, 5]) await pinMessage(db, asOwner, {seq: seqs[no]!, on: true});
  const late = await guest();
  await join(roomId, late.id);
  const asLate = grantReading({userId: late.id, roomId});
  await query(`update room_types set may_history = 2 where tenant_id = $1`, [tenantId]);
  const {seq: own} = await appender.append(item(roomId, late.id));

  expect(await around(asLate, seqs[3]!, 10)).toMatchObject({messages: [{seq: own}], more: false});
  expect(await after(asLate, 0, 10)).toMatchObject({messages: [{seq: own}], more: false, moreAfter: false});
  expect(await pins(asLate)).toEqual([]);
  await query(`update room_types set may_history = 1 where tenant_id = $1`, [tenantId]);
  expect(await pins(asLate)).toEqual([seqs[5], seqs[3], seqs[1]]);

  await truncateRoom(db, asOwner, {before: seqs[3]!});
  expect(seqsOf(await around(reading, seqs[2]!, 10))).toEqual([...seqs.slice(3), own]);
  expect(await after(reading, 0, 2)).toMatchObject({more: false, moreAfter: true});
  expect(await pins(reading)).toEqual([seqs[5], seqs[3]]);
});

test('pinned messages come newest first, page by page', async () => {
  const {asOwner, seqs, reading} = await stage(5);
  for (const seq of seqs) await pinMessage(db, asOwner, {seq, on: true});

  const first = await listPinned(db, reading, {limit: 3});
  expect(seqsOf(first)).toEqual(seqs.slice(2));
  expect(first.messages[0]?.annotations?.pinned).toBeDefined();
  expect(first.more).toBe(true);
  expect(await listPinned(db, reading, {before: seqs[2]!, limit: 3})).toMatchObject({
    messages: [{seq: seqs[1]}, {seq: seqs[0]}],
    more: false,
  });
});
