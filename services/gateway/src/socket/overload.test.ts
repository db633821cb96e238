import {afterEach, expect, test} from 'vitest';
import {staysTrue} from '@madang/testkit/stays-true';
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
  await staysTrue(() => !overload.isOverloaded('typing'), 1_500, {what: 'typing is let in'});

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
