import {listMessagesInput} from '@madang/protocol/messages';
import {listUsersInput} from '@madang/protocol/users';
import {expect, test} from 'vitest';
import {readTexts} from './query-values.ts';

const read = (...[schema, texts]: Parameters<typeof readTexts>) =>
  Object.fromEntries(readTexts(schema, texts));

test('a number or a truth of a query becomes one where the field takes it', () => {
  expect(read(listMessagesInput, {roomId: '7', before: '12', limit: '5'})).toEqual({
    roomId: '7',
    before: 12,
    limit: 5,
  });
  expect(read(listUsersInput, {online: 'false', query: 'true', after: '5'})).toEqual({
    online: false,
    query: 'true',
    after: '5',
  });
});

test('a list is a field that is repeated, or given once', () => {
  expect(read(listUsersInput, {ids: '7', externalIds: ['a', 'b']})).toEqual({
    ids: ['7'],
    externalIds: ['a', 'b'],
  });
});

test('anything else stays the text that it is', () => {
  for (const before of ['', '-1', '1e3', '0x10', ' 1', '1.0', '9'.repeat(17), 'x', ['1', '2']]) {
    expect(read(listMessagesInput, {before})).toEqual({before});
  }
  expect(read(listUsersInput, {online: 'yes', constructor: '1'})).toEqual({online: 'yes', constructor: '1'});
});
