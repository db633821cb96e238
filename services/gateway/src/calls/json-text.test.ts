import fc from 'fast-check';
import {expect, test} from 'vitest';
import {findJsonFault} from './json-text.ts';

const rounded = expect.stringContaining('rounded');
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

test('JSON of 32 levels may be parsed, of more may not', () => {
  expect(findJsonFault(nested(32))).toBeUndefined();
  expect(findJsonFault(`{"a": ${nested(31)}, "b": ${nested(31)}}`)).toBeUndefined();
  for (const text of [nested(33), '['.repeat(100_000), '{"a":'.repeat(100_000), `{"a": ${nested(32)}}`]) {
    expect(findJsonFault(text)).toContain('levels');
  }
});

test('brackets and numbers within strings are none', () => {
  expect(
    findJsonFault(JSON.stringify({[`"${'['.repeat(50)}`]: `\\" 1e999 ${'{'.repeat(50)}`})),
  ).toBeUndefined();
});

test.each([
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '1e400',
  '-1e400',
  '1e-400',
  '0.1234567890123456789',
  '1.0000000000000000001',
  '123456789012345678e-2',
  `1${'0'.repeat(120)}`,
  '5e-325',
])('%s would be rounded', (number) => {
  for (const text of [number, `[${number}]`, `{"a":${number}}`, `{"a": {"b": [1, ${number} ]}}`]) {
    expect(findJsonFault(text)).toEqual(rounded);
  }
});

test.each([
  '0',
  '-0',
  '1.50',
  '1E5',
  '1e+5',
  '0.1',
  '1e21',
  '100000000000000000000',
  '9007199254740991',
  '9007199254740992',
  '0.30000000000000004',
  '1.7976931348623157e308',
  '5e-324',
  '0.000000000000000000000000001',
  '-12.500000000000000000',
  '0e999',
])('%s is kept', (number) => {
  expect(findJsonFault(`{"a":[${number}]}`)).toBeUndefined();
});

test('whatever JSON.stringify writes is kept', () => {
  fc.assert(
    fc.property(fc.jsonValue({maxDepth: 5}), (value) => findJsonFault(JSON.stringify(value)) === undefined),
  );
});

test('text that is no JSON is left to the parser', () => {
  for (const text of ['', '"', '"\\', '1-2', '--', ']]]]', '1e', 'nonsense']) {
    expect(findJsonFault(text)).toBeUndefined();
  }
});
