import {expect, test} from 'vitest';
import {waitFor} from './wait-for.ts';

test('gives the first value that is something', async () => {
  const answers = [undefined, false, null, 'here', 'later'];

  await expect(
    waitFor(() => answers.shift(), {timeoutMs: 1_000, what: 'an answer', everyMs: 1}),
  ).resolves.toBe('here');
});

test('takes zero and the empty string for values', async () => {
  await expect(waitFor(() => 0, {timeoutMs: 100, what: 'a number'})).resolves.toBe(0);
});

test('says what it waited for and why that last failed', async () => {
  const refused = new Error('refused');
  const waiting = waitFor(() => Promise.reject(refused), {timeoutMs: 30, what: 'the gateway', everyMs: 1});

  await expect(waiting).rejects.toMatchObject({
    message: 'gave up waiting for the gateway after 30 ms',
    cause: refused,
  });
});

test('ends in time although the condition never answers', async () => {
  const never = new Promise<undefined>(() => undefined);

  await expect(waitFor(() => never, {timeoutMs: 30, what: 'nothing'})).rejects.toThrow('gave up');
});
