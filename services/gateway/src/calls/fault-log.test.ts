import type {Logger} from '@madang/runtime/log';
import {expect, test} from 'vitest';
import {createFaultLog} from './fault-log.ts';

function setUp() {
  const lines: {err: Error; repeated?: number}[] = [];
  const clock = {ms: 0};
  const log = {error: (fields: (typeof lines)[number]) => lines.push(fields)} as unknown as Logger;
  const logFault = createFaultLog(() => clock.ms);
  return {lines, clock, fail: (error: unknown) => logFault(log, error)};
}

const fault = (message: string) => new RangeError(message);

test('a cause is logged once a minute, whatever its message, and then with how often it came', () => {
  const {lines, clock, fail} = setUp();

  for (let no = 0; no < 1_000; no += 1) fail(fault(`of request ${no}`));
  expect(lines).toHaveLength(1);
  clock.ms = 60_000;
  fail(fault('later'));
  expect(lines).toMatchObject([{err: {message: 'of request 0'}}, {err: {message: 'later'}, repeated: 999}]);
});

test('another cause has a line of its own', () => {
  const {lines, fail} = setUp();

  fail(fault('one'));
  fail(new TypeError('of another kind'));
  fail(new RangeError('of another place'));
  fail('no error at all');
  expect(lines).toHaveLength(4);
});
