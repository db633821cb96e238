import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {toFrames, type AppendItem, type AppendOutcome} from './append-batch.ts';

const [kitchen, hall, sender] = [randomUUID(), randomUUID(), randomUUID()];

const item = (roomId: string, text = 'hello'): AppendItem => ({
  tenantId: randomUUID(),
  roomId,
  senderId: sender,
  sender: {id: sender, name: 'someone', color: '#112233'},
  clientId: randomUUID(),
  text,
  receivedAt: 0,
});
const stored = (seq: number, duplicate = false): AppendOutcome => ({
  result: {seq, rev: seq, createdAt: '2026-11-21T00:00:00.000Z', duplicate, epoch: '1.1'},
});

test('makes one frame per room, without duplicates, refusals and locked items', () => {
  const items = [item(kitchen), item(hall), item(kitchen), item(kitchen), item(hall)];

  const frames = toFrames(items, [stored(5), stored(9), stored(2, true), stored(6), 'locked']);

  expect(
    frames.map(({roomId, after, head, epoch, entries}) => [roomId, after, head, epoch, entries.length]),
  ).toEqual([
    [kitchen, 4, 6, '1.1', 2],
    [hall, 8, 9, '1.1', 1],
  ]);
});

test.each([
  ['of one byte', 'x'],
  ['of three bytes', '日'],
  ['that JSON escapes', '\u0001'],
  ['of surrogate pairs', '🙂'],
])('keeps frames of characters %s within 64 KiB', (_, char) => {
  const text = char.repeat(4_000 / char.length);
  const items = Array.from({length: 50}, () => item(kitchen, text));

  const frames = toFrames(
    items,
    items.map((_item, no) => stored(no + 1)),
  );

  expect(frames.flatMap(({entries}) => entries.map(({rev}) => rev))).toEqual(
    items.map((_item, no) => no + 1),
  );
  for (const [no, frame] of frames.entries()) {
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(64 * 1024);
    expect(frame.after).toBe(frames[no - 1]?.head ?? 0);
  }
});
