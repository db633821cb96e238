import {expect, test} from 'vitest';
import {describeProgress} from './progress.ts';

test('tells on one line who is there and what was broken', () => {
  const samples = new Map(
    Object.entries<Record<string, number>>({
      connections_opened: {count: 12},
      connections_lost: {count: 1},
      connections_closed: {count: 1},
      messages_acknowledged: {count: 30},
      messages_delivered: {count: 300},
      send_to_delivered: {'p(95)': 12.4},
      messages_lost: {count: 2},
      messages_repeated: {count: 1},
    }),
  );

  expect(describeProgress(samples, 5_010)).toBe(
    '5 s · 10 connected · 30 sent · 300 delivered, 95 % in 12 ms · 3 broken promises',
  );
  expect(describeProgress(new Map(), 0)).toBe('0 s · 0 connected · 0 sent · 0 delivered · 0 broken promises');
});
