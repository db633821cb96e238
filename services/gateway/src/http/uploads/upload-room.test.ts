import {expect, test} from 'vitest';
import {UploadRoom} from './upload-room.ts';

function enter(room: UploadRoom) {
  const refused: string[] = [];
  return {refused, share: room.enter(({code}) => refused.push(code))};
}

test('bodies that only hold room give way to one that comes', () => {
  let now = 0;
  const room = new UploadRoom(1_000, () => now);
  const dripping = Array.from({length: 4}, () => enter(room));
  for (const {share} of dripping) share.take(240);
  now += 15_000;
  for (const {share} of dripping) share.take(1);
  const honest = enter(room);

  for (let sent = 0; sent < 700; sent += 100) honest.share.take(100);

  expect(honest.refused).toEqual([]);
  expect(dripping.filter(({refused}) => refused[0] === 'overloaded').length).toBeGreaterThan(1);
});

test('the newest of many gives way where it comes the slowest, and is told so itself', () => {
  const room = new UploadRoom(1_000);
  const [first, second] = [enter(room), enter(room)];
  first.share.take(900);

  expect(() => second.share.take(200)).toThrow(
    expect.objectContaining({code: 'overloaded', retryAfterMs: 2_000}),
  );
  expect(first.refused).toEqual([]);
});

test('what has come whole is not taken away, and what is freed can be used again', () => {
  const room = new UploadRoom(1_000);
  const [whole, other] = [enter(room), enter(room)];
  whole.share.take(900);
  whole.share.settle();

  expect(() => other.share.take(200)).toThrow(expect.objectContaining({code: 'overloaded'}));
  expect(whole.refused).toEqual([]);
  whole.share.free();
  whole.share.free();
  other.share.take(1_000);
});
