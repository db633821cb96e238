/** Runs the Python package's blocking and asynchronous clients against the cases that every SDK must pass. */
import {afterAll, beforeAll, describe, expect, inject, test} from 'vitest';
import {readCases, readVectors} from '../../server/test/conformance/cases.ts';
import {checkCase, type Outcome} from '../../server/test/conformance/check.ts';
import {startDriver, type Driver} from './driver.ts';

let driver: Driver;
beforeAll(() => void (driver = startDriver(inject('python'))));
afterAll(() => driver.close());

const cases = readCases();

describe.each([
  ['Server', false],
  ['AsyncServer', true],
])('%s', (_, isAsync) => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) =>
    checkCase(one, (target, {exchanges: _exchanges, result: _result, ...asked}) =>
      driver.ask<Outcome>({target, case: asked, isAsync}),
    ),
  );
});

test('every call has a case', async () => {
  const {names} = await driver.ask<{names: string[]}>({names: true});

  const called = cases.map(({call}) => call.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  expect(names).toEqual([...new Set([...called, 'as_user', 'close'])].toSorted());
});

test.each(readVectors().map((one) => [one.name, one] as const))('verify_webhook: %s', async (_, vector) => {
  const {result, isRefused, ...asked} = vector;

  const outcome = await driver.ask<typeof vector>({vector: asked});

  expect(outcome).toEqual(isRefused ? {isRefused} : {result});
});
