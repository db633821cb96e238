import {expect, test} from 'vitest';
import {staysTrue} from './stays-true.ts';

test('looks for the whole time, and once more at its end', async () => {
  const startedAt = performance.now();
  const looks: number[] = [];

  await staysTrue(() => looks.push(performance.now() - startedAt) > 0, 100, {what: 'it', everyMs: 30});

  expect(looks.at(-1)).toBeGreaterThanOrEqual(100);
  expect(looks.length).toBeGreaterThan(1);
});

test('rejects as soon as the condition is false, and says what was no longer true', async () => {
  const looks = [true, true, false, true];

  await expect(
    staysTrue(() => looks.shift()!, 60_000, {what: 'the room is open', everyMs: 1}),
  ).rejects.toThrow(/^the room is open was no longer true after \d+ ms$/);
  expect(looks).toEqual([true]);
});

test('finds what happens within the last pause, however long that is', async () => {
  const startedAt = performance.now();

  await expect(
    staysTrue(() => performance.now() - startedAt < 50, 60, {what: 'it', everyMs: 60_000}),
  ).rejects.toThrow('no longer true');
});

test('rejects with the error of a condition that throws', async () => {
  await expect(staysTrue(() => Promise.reject(new Error('closed')), 1_000, {what: 'it'})).rejects.toThrow(
    'closed',
  );
});
