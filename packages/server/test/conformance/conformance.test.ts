/** Runs this package against the cases that every SDK must pass. */
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {createServer, ServerError, verifyWebhook, WebhookError} from '../../src/server.ts';
import {readCases, readVectors, type Case, type Json} from './cases.ts';
import {checkCase, type Outcome} from './check.ts';

type Calls = Record<string, (...args: unknown[]) => AsyncGenerator<Json> | Promise<Json>>;
type Target = {url: string; key: string};

const cases = readCases();
test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => checkCase(one, call));

async function call(target: Target, one: Case): Promise<Outcome> {
  const resets: Json[] = [];
  const items: Json[] = [];
  const {timeoutMs} = one;
  try {
    const server = createServer({...target, ...(timeoutMs === undefined ? {} : {timeoutMs})});
    const calls = (one.as === undefined ? server : server.asUser(one.as)) as unknown as Calls;
    const options = one.onReset
      ? [{...(one.args[0] as object), onReset: (at: Json) => resets.push(at)}]
      : one.args;
    const answer = calls[one.call]!(...options);
    if (!(Symbol.asyncIterator in answer)) return {result: await answer};
    for await (const item of answer) if (items.push(item) === one.take) break;
    return {result: items, resets};
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const {code, message, retryable, retryAfterMs, details} = error;
    const begun = cases.some((each) => each === one) && Array.isArray(one.result) ? {result: items} : {};
    return {
      error: {code, message, retryable, retryAfterMs, details} as Record<string, Json>,
      resets,
      ...begun,
    };
  }
}

test('every call of the package has a case', () => {
  const {asUser, ...calls} = createServer({url: 'http://chat.example', key: 'mdk_x'});

  expect([...new Set(cases.map((one) => one.call))].toSorted()).toEqual(Object.keys(calls).toSorted());
  expect(cases.some((one) => one.as !== undefined)).toBe(asUser !== undefined);
});

describe('verifyWebhook', () => {
  beforeEach(() => void vi.useFakeTimers({toFake: ['Date']}));
  afterEach(() => void vi.useRealTimers());

  test.each(readVectors().map((one) => [one.name, one] as const))(
    '%s',
    (_, {now, result, isRefused, ...received}) => {
      vi.setSystemTime(now * 1_000);

      if (isRefused) expect(() => verifyWebhook(received)).toThrow(WebhookError);
      else expect(verifyWebhook(received)).toEqual(result);
    },
  );
});
