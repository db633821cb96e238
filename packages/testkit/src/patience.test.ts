import {expect, test} from 'vitest';
import {patiently} from './patience.ts';

const refusal = (retryable: boolean) => Object.assign(new Error('refused'), {retryable, retryAfterMs: 1});

test('acts again while it is put off, and gives what came at last', async () => {
  const failures = [refusal(true), Object.assign(new Error('held'), {error: refusal(true)})];

  const result = await patiently(async () => {
    const failure = failures.shift();
    if (failure) throw failure;
    return 'done';
  });

  expect(result).toBe('done');
});

test('does not act again after a refusal for good', async () => {
  let acts = 0;

  await expect(
    patiently(() => {
      acts += 1;
      return Promise.reject(refusal(false));
    }),
  ).rejects.toThrow('refused');

  expect(acts).toBe(1);
});

test('gives up with the last error when its patience is over', async () => {
  await expect(patiently(() => Promise.reject(refusal(true)), {forMs: 0})).rejects.toThrow('refused');
});
