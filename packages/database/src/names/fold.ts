/**
 * The forms in which texts are searched and compared. They are computed here instead of in SQL, so that the result does
 * not depend on a database's locale. The stored keys (search-keys.ts, skeletons.ts) are built from them.
 */

const ignorable = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Marks that people leave out when they search: accents of Latin, Greek and Cyrillic, points of Hebrew, vowels and
 * signs of Arabic. The vowels of India's scripts, the tones of Thai and the voicing of kana stay: without them it is
 * another word.
 */
const accents = new RegExp(
  [
    '[\\u0300-\\u036f]',
    '[\\u0483-\\u0487]',
    '[\\u0591-\\u05bd]',
    '[\\u05bf]',
    '[\\u05c1]',
    '[\\u05c2]',
    '[\\u05c4]',
    '[\\u05c5]',
    '[\\u05c7]',
    '[\\u0610-\\u061a]',
    '[\\u0640]',
    '[\\u064b-\\u065f]',
    '[\\u0670]',
    '[\\u06d6-\\u06dc]',
    '[\\u06df-\\u06e4]',
    '[\\u06e7]',
    '[\\u06e8]',
    '[\\u06ea-\\u06ed]',
    '[\\u1ab0-\\u1aff]',
    '[\\u1dc0-\\u1dff]',
    '[\\u20d0-\\u20ff]',
    '[\\ufe20-\\ufe2f]',
  ].join('|'),
  'gu',
);

/** Letters that no normal form decomposes, and variants of one letter on the keyboards of neighbouring languages. */
const plainLetters: ReadonlyMap<string, string> = new Map([
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['ħ', 'h'],
  ['ł', 'l'],
  ['ŧ', 't'],
  ['þ', 'th'],
  ['ς', 'σ'],
  ['ي', 'ی'],
  ['ى', 'ی'],
  ['ك', 'ک'],
]);
const foldable = new RegExp(`[${[...plainLetters.keys()].join('')}]`, 'gu');

/** Removes accents and invisible characters, and unifies width, ligatures and normal form (the compatibility form). */
export function withoutAccents(text: string): string {
  const parts = text.replace(ignorable, '').normalize('NFKD');
  // A separate letter that everybody writes; nobody leaves out its mark.
  return parts
    .replace(/и\u0306/g, 'й')
    .replace(/И\u0306/g, 'Й')
    .replace(accents, '');
}

/** Upper case first: it unites letters that lower case keeps apart, such as `ß` and `ss`, `ı` and `i`. */
export function caseFold(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** The form in which searches find a text: without case, accents, width and normal form. */
export function fold(text: string): string {
  return caseFold(withoutAccents(text))
    .replace(foldable, (letter) => plainLetters.get(letter)!)
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();
}
