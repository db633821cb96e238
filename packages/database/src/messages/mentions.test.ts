import {expect, test} from 'vitest';
import {mentionsIn, tailsOf} from './mentions.ts';

const named = ['김한', '김한결', 'ann', 'Ann Lee', 'ann'].map((name, no) => ({id: `${no}`, name}));
const idsIn = (text: string) => mentionsIn(tailsOf(text), named).map(({id}) => id);

test.each([
  ['@김한결님, 안녕하세요', ['1']],
  ['@김한 @김한결', ['0', '1']],
  ['@Ann Lee and @ann', ['3', '2', '4']],
  ['@Ann', []],
  ['ann, 김한결', []],
  ['@\nann', []],
  ['@@ann', ['2', '4']],
  [`@${'김한결'.normalize('NFD')}`, ['1']],
])('finds in %j the longest names after an @', (text, ids) => {
  expect(idsIn(text)).toEqual(ids);
});

test('looks at no more places than may be mentioned', () => {
  const tails = tailsOf('@a'.repeat(2_000));

  expect(tails).toHaveLength(50);
  expect(tailsOf('@'.repeat(4_000)).length).toBeLessThanOrEqual(50);
  expect(tailsOf('@\n'.repeat(2_000))).toEqual([]);
});
