import {expect, test} from 'vitest';
import {fold} from './fold.ts';

test.each([
  ['москва', 'Москва'],
  ['δημος', 'ΔΗΜΟΣ'],
  ['ΔΗΜΟΣΘΈΝΗΣ', 'Δημοσθένης'],
  ['δημοσθενησ', 'Δημοσθένης'],
  ['unal', 'Ünal'],
  ['ünal', 'ÜNAL'],
  ['isik', 'Işık'],
  ['ISTANBUL', 'İstanbul'],
  ['strasse', 'Straße'],
  ['lodz', 'Łódź'],
  ['kim', 'Ｋｉｍ'],
  ['ｶﾞﾗｽ', 'ガラス'],
  ['ё', 'е'],
  ['شَمْس', 'شمس'],
  ['علي', 'علی'],
  ['שָׁלוֹם', 'שלום'],
  ['여행', '여행'.normalize('NFD')],
  ['a  b', 'A\u3000B'],
  ['co\u00adop', 'Coop'],
])('%s finds %s', (query, text) => {
  expect(fold(text)).toBe(fold(query));
});

test.each([
  ['й', 'и'],
  ['か', 'が'],
  ['कि', 'का'],
  ['ก่', 'ก้'],
])('%s and %s are different letters', (one, other) => {
  expect(fold(one)).not.toBe(fold(other));
});
