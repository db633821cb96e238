import {expect, test} from 'vitest';
import {causeOf, createCauses, isLeavable} from './causes.ts';
import {OverdueError} from './sqlstate.ts';

const withCode = (code: string, message = code) => Object.assign(new Error(message), {code});

test.each([
  ['25006', withCode('25006')],
  ['53300', withCode('53300')],
  ['57014', withCode('57014')],
  ['28P01', withCode('28P01')],
  ['timeout', new OverdueError()],
  ['timeout', withCode('ETIMEDOUT')],
  ['unreachable', withCode('ECONNREFUSED')],
  ['unreachable', new AggregateError([withCode('ECONNREFUSED')])],
  ['tls', withCode('SELF_SIGNED_CERT_IN_CHAIN')],
  ['tls', new Error('The server does not support SSL connections')],
  ['disconnected', new Error('Connection terminated unexpectedly')],
])('names the cause %s', (cause, error) => {
  expect(causeOf(error)).toBe(cause);
});

test.each(['22P02', '23505', '55P03', '42703', 'MDQ01'])('does not blame the server for %s', (code) => {
  expect(causeOf(withCode(code))).toBeUndefined();
});

test('leaves a connection whose server may not write, stops or starts', () => {
  expect(['25006', '57P01', '57P02', '57P03'].filter((code) => !isLeavable(withCode(code)))).toEqual([]);
  expect(['57014', '53300', '55P03', '23505'].filter((code) => isLeavable(withCode(code)))).toEqual([]);
});

test('logs a cause once for each kind of connection, without what a call carried', () => {
  const lines: object[] = [];
  const causes = createCauses({warn: (fields) => void lines.push(fields)}, undefined);
  const full = Object.assign(withCode('53300', 'too many clients already'), {detail: 'Key (x)=(hush)'});

  for (let no = 0; no < 3; no += 1) causes.note('append', full, 'node-1 append');
  causes.note('pulse', full, 'node-1 pulse');
  causes.note('append', withCode('57014'), 'node-1 append');

  expect(lines).toEqual([
    {client: 'append', cause: '53300', connection: 'node-1 append', reason: 'too many clients already'},
    {client: 'pulse', cause: '53300', connection: 'node-1 pulse', reason: 'too many clients already'},
    {client: 'append', cause: '57014', connection: 'node-1 append', reason: '57014'},
  ]);
});
