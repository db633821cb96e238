import {setTimeout as delay} from 'node:timers/promises';
import {afterEach, expect, test} from 'vitest';
import {waitFor} from '@madang/testkit/wait-for';
import {createOverload} from './overload.ts';

const overload = createOverload();
afterEach(() => overload.close());

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('sheds nothing for one pause, and typing before sends for load that lasts', async () => {
  block(500);
  const until = performance.now() + 1_500;
  while (performance.now() < until) {
    expect(overload.isOverloaded('typing')).toBe(false);
    await delay(20);
  }

  await waitFor(
    () => {
      block(300);
      return overload.isOverloaded('typing');
    },
    {timeoutMs: 10_000, what: 'typing to be shed', everyMs: 10},
  );
  expect(overload.isOverloaded('send')).toBe(false);
  expect(overload.isOverloaded('never')).toBe(false);
}, 20_000);
