import {ChatError} from '@madang/protocol/errors';
import {expect, test} from 'vitest';
import {
  isDataError,
  isLockTimeout,
  isOutOfTime,
  NoConnectionError,
  OverdueError,
  toChatError,
} from './sqlstate.ts';

const withCode = (code: string) => Object.assign(new Error(code), {code});
const codeOf = (error: unknown) => {
  const mapped = toChatError(error);
  return mapped instanceof ChatError ? mapped.code : mapped;
};

test.each([
  ['a connection that is refused', withCode('ECONNREFUSED')],
  ['a connection that breaks', new Error('Connection terminated unexpectedly')],
  ['several addresses that fail', new AggregateError([withCode('ECONNREFUSED')])],
  ['an overdue call', new OverdueError()],
  ['no connection at all', new NoConnectionError()],
  ['a server that shuts down', withCode('57P01')],
  ['a server that starts', withCode('57P03')],
  ['a statement time-out', withCode('57014')],
  ['a lock time-out', withCode('55P03')],
  ['too many connections', withCode('53300')],
  ['a full disk', withCode('53100')],
  ['a standby', withCode('25006')],
  ['a deadlock', withCode('40P01')],
])('%s leaves the outcome open', (_, error) => {
  expect(codeOf(error)).toBe('unavailable');
});

test('what blames the data is a refusal for good', () => {
  expect(codeOf(withCode('22021'))).toBe('invalid');
  expect(codeOf(withCode('23503'))).toBe('invalid');
  expect(codeOf(withCode('23505'))).toBe('conflict');
  expect(codeOf(withCode('23514'))).toBe('conflict');
});

test('our own mistakes and our own refusals pass unchanged', () => {
  const [bug, plain, refusal] = [withCode('42703'), new TypeError('x'), new ChatError('banned')];

  expect(toChatError(bug)).toBe(bug);
  expect(toChatError(plain)).toBe(plain);
  expect(toChatError(refusal)).toBe(refusal);
});

test('keeps the original as the cause', () => {
  const error = withCode('57P01');

  expect(toChatError(error)).toMatchObject({cause: error});
});

test('tells data errors and lock time-outs from all others', () => {
  expect([withCode('22P02'), withCode('23502')].every(isDataError)).toBe(true);
  expect([withCode('55P03'), new Error('22'), undefined].some(isDataError)).toBe(false);
  expect(isLockTimeout(withCode('55P03'))).toBe(true);
  expect(isLockTimeout(withCode('57014'))).toBe(false);
});

test('tells what ran out of time, here or at the server, from all else', () => {
  const overdue = new OverdueError('late');
  expect(
    [overdue, withCode('57014'), toChatError(overdue), toChatError(withCode('57014'))].every(isOutOfTime),
  ).toBe(true);
  expect([withCode('55P03'), toChatError(new NoConnectionError('none')), undefined].some(isOutOfTime)).toBe(
    false,
  );
});
