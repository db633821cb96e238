import fc from 'fast-check';
import {expect, test} from 'vitest';
import {scan} from '../../test/scan.ts';
import {readQuery, type Sought} from './query.ts';
import {addTerms, type SearchedMessage} from './terms.ts';

const tenantId = '0199c5f0-0000-7000-8000-000000000001';
const [roomId, senderId] = ['room', 'sender'];
const messageOf = (text: string, change: Partial<SearchedMessage> = {}): SearchedMessage => ({
  roomId,
  senderId,
  text,
  hasImages: false,
  hasFiles: false,
  ...change,
});

/** Whether the message is found, which needs both: its terms lead to it, and its text decides so. */
function isFound(sought: Sought | string, message: SearchedMessage | string): boolean {
  const query = readQuery(tenantId, typeof sought === 'string' ? {query: sought} : sought);
  const subject = typeof message === 'string' ? messageOf(message) : message;
  const terms = new Set<number>();
  addTerms(terms, tenantId, subject);
  const isLedTo = query.terms.every((term) => terms.has(term));
  if (query.finds(subject)) expect(isLedTo).toBe(true);
  return isLedTo && query.finds(subject);
}

test.each([
  ['meet', 'The meeting is at ten'],
  ['MEETING ten', 'the meeting is at ten'],
  ['te me', 'the meeting is at ten'],
  ['회의', '내일회의합니다'],
  ['회의 내일', '내일 회의실에서 봐요'],
  ['의', '회의'],
  ['サーバー', '新しいサーバーを入れた'],
  ['ｻｰﾊﾞｰ', 'サーバー'],
  ['会議', '明日の会議室'],
  ['京都', '東京都'],
  ['ประชุม', 'พรุ่งนี้มีประชุมตอนเช้า'],
  ['น้ำ', 'ดื่มน้ำ'],
  ['встре', 'Завтра Встреча'],
  ['еще', 'Ещё раз'],
  ['cafe', 'Café crème'],
  ['strasse', 'Hauptstr. / Straße'],
  ['snake_case', 'a snake_case name'],
  ['case', 'a snake_case name'],
  ['한국 abc', '한국abc'],
  ['abc한국', '한국에서 abc'],
  ['v2.1', 'release v2.1.0'],
  ['"is at"', 'the meeting is  at\nten'],
  ['"회의는 내일"', '우리회의는 내일입니다'],
  ['“at te', 'the meeting is at ten'],
  ['👍', 'done 👍🏽!'],
  ['👨‍👩‍👧', 'we 👨‍👩‍👧 two'],
  ['a meeting', 'a meeting'],
])('%s finds %s', (query, text) => {
  expect(isFound(query, text)).toBe(true);
});

test.each([
  ['eeting', 'meeting'],
  ['meetings', 'meeting'],
  ['meeting eleven', 'the meeting is at ten'],
  ['회의실', '회의 실'],
  ['会議', '会と議'],
  ['ガラス', 'カラス'],
  ['"at is"', 'is at'],
  ['"eeting is"', 'the meeting is'],
  ['b meeting', 'a meeting'],
  ['й' + 'од', 'иод'],
])('%s does not find %s', (query, text) => {
  expect(isFound(query, text)).toBe(false);
});

test('finds by sender, room and what a message has, with and without words', () => {
  const message = messageOf('see `x` at https://example.com', {hasImages: true});
  expect(isFound({query: '', from: senderId}, message)).toBe(true);
  expect(isFound({query: 'see', from: 'another'}, message)).toBe(false);
  expect(isFound({query: 'see', roomId}, message)).toBe(true);
  expect(isFound({query: 'see', roomId: 'another'}, message)).toBe(false);
  for (const has of ['link', 'image', 'code'] as const) expect(isFound({query: '', has}, message)).toBe(true);
  expect(isFound({query: '', has: 'file'}, message)).toBe(false);
  expect(isFound({query: '', has: 'code'}, messageOf('```\nx\n```'))).toBe(true);
  expect(isFound({query: '', has: 'link'}, messageOf('http:// is no link'))).toBe(false);
});

test.each(['', ' ', '!?', 'a', 'a b', '"x"', '""'])('refuses "%s", which leads nowhere', (query) => {
  expect(() => readQuery(tenantId, {query})).toThrow('query: write at least two letters of a word');
});

test('a letter beside a filter is refused too, since it would not be looked up', () => {
  expect(() => readQuery(tenantId, {query: 'a', from: senderId})).toThrow('query');
  expect(readQuery(tenantId, {query: '!', from: senderId}).terms).toHaveLength(1);
});

test('tenants have no terms in common', () => {
  const [one, other] = [tenantId, '0199c5f0-0000-7000-8000-000000000002'].map((id) => {
    const terms = new Set<number>();
    addTerms(terms, id, messageOf('the meeting is at ten'));
    return terms;
  });
  expect([...one!].filter((term) => other!.has(term))).toEqual([]);
});

const pieces = [
  'meet', 'ing', 'mee', 'ten', ' ', ' ', '_', '.', '"', '내일', '회의', '의', '会議', 'の', 'サーバー', 'ー', 'น้ำ', 'ประชุม',
  'встреча', 'ё', 'é', 'ß', 'ﬁ', '１', '7', '👍', '👍🏽', '🇰🇷', '\u200d', 'ş', 'שָׁ', 'کي', '가\u0301', 'हि',
]; // prettier-ignore
const anyText = fc.oneof(
  fc.array(fc.constantFrom(...pieces), {maxLength: 8}).map((all) => all.join('')),
  fc.string({unit: 'grapheme', maxLength: 12}),
);

test('finds what a scan finds, and its terms lead to each of those', () => {
  fc.assert(
    fc.property(anyText, anyText, fc.boolean(), (text, other, isPart) => {
      const given = (isPart ? Array.from(text).slice(1, 5).join('') : other).replace(/["“”„]/g, '');
      let found: boolean;
      try {
        found = isFound(given, text);
      } catch (error) {
        expect((error as {code: string}).code).toBe('invalid');
        return;
      }
      expect(found).toBe(scan(given, text));
    }),
    {numRuns: 2_000},
  );
});
