import {expect, test} from 'vitest';
import {decodeCursor, encodeCursor} from './cursors.ts';

test('reads back what it wrote', () => {
  const key = ['ä "quoted" 日本', '0198c0de-0000-7000-8000-000000000000'];

  expect(decodeCursor(encodeCursor(key), 2)).toEqual(key);
});

test.each([
  ['nothing', ''],
  ['no JSON', 'forged'],
  ['another list', encodeCursor(['only one'])],
  ['other types', Buffer.from('[1,2]').toString('base64url')],
  ['what Postgres cannot store', encodeCursor(['\u0000', 'x'])],
])('refuses %s', (_, cursor) => {
  expect(() => decodeCursor(cursor, 2)).toThrow(expect.objectContaining({code: 'invalid'}));
});
