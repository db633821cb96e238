import {expect, test} from 'vitest';
import {skeleton} from './skeletons.ts';

test.each([
  ['order-desk', 'оrder-desk'],
  ['order-desk', 'ORDER‐DESK'],
  ['order-desk', '0rder-desk'],
  ['Admin', 'ＡＤＭＩＮ'],
  ['Admin', 'Аdmіn'],
  ['Admin', 'AdmIn'],
  ['Admin', 'Adrnin'],
  ['Admin', 'A d m i n'],
  ['Admin', 'Ádmín'],
  ['Admin', 'Ad\u200bmin'],
  ['Moderator', 'ΜΟDERATOR'],
  ['alice', 'aIice'],
  ['bob', 'Вob'],
  ['system', 'ѕуѕtem'],
  ['관리자', '관리자'.normalize('NFD')],
])('%s looks like %s', (name, other) => {
  expect(skeleton(other)).toBe(skeleton(name));
});

test.each([
  ['Kim', 'Min'],
  ['민아', '민지'],
  ['प्रिया', 'प्रया'],
  ['order-desk', 'order-desk2'],
])('%s does not look like %s', (name, other) => {
  expect(skeleton(other)).not.toBe(skeleton(name));
});

test('what is nothing but marks keeps a form of its own', () => {
  expect(skeleton('\u0640')).toBe('\u0640');
});
