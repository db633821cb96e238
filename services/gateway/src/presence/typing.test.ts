import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createTyping} from './typing.ts';

const user = {id: 'ann', kind: 'account', name: 'ann', color: '#000000'} as const;
const place = {roomId: 'room', user, connectionId: 'tab'};

let told: boolean[];
let typing: ReturnType<typeof createTyping>;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  typing = createTyping({
    broadcast: {
      emit: (to, _event, payload, except) => {
        expect(to).toEqual({room: 'room'});
        expect(except).toBe('tab');
        told.push((payload as {typing: boolean}).typing);
      },
    },
  });
});
afterEach(() => {
  typing.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('tells the beginning and the end once each', () => {
  typing.set(place, true);
  typing.set(place, true);
  vi.advanceTimersByTime(600);
  typing.set(place, false);
  typing.set(place, false);

  expect(told).toEqual([true, false]);
});

test('ends typing 6 s after its last event, though nobody says so', () => {
  typing.set(place, true);
  vi.advanceTimersByTime(1_500);
  typing.set(place, true);
  vi.advanceTimersByTime(5_999);
  expect(told).toEqual([true]);

  vi.advanceTimersByTime(1);

  expect(told).toEqual([true, false]);
});

test('renews typing that goes on, every two seconds at most', () => {
  for (let at = 0; at < 6_000; at += 200) {
    typing.set(place, true);
    vi.advanceTimersByTime(200);
  }

  expect(told).toEqual([true, true, true]);
});

test('shows where someone who changes often has come to, without the way there', () => {
  for (let turn = 0; turn < 50; turn += 1) typing.set(place, turn % 2 === 0);
  expect(told).toEqual([true]);

  vi.advanceTimersByTime(10_000);

  expect(told).toEqual([true, false]);
});
