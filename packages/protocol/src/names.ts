/**
 * What a name may look like: every script can be written, and nothing in it hides, turns the direction of its
 * surroundings or climbs over the lines above.
 */

// What shows as nothing, or turns the direction of what follows, can disguise a name as another. Beside what Unicode
// calls ignorable: controls, separators, the blanks of braille and hieroglyphs, the null notehead and the filler of Khitan.
const unseen =
  '\\u{13441}\\u{13442}\\u{16fe4}\\u{1d159}\\u2800\\p{Default_Ignorable_Code_Point}\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}';
const disguising = new RegExp(`[${unseen}]`, 'u');
const shown = new RegExp(`[^\\s\\p{Z}${unseen}]`, 'u');

/** Some have joiners and selectors inside, which show as part of them. */
const emoji = /\p{RGI_Emoji}/gv;

// Letters of joined scripts that never join the next letter: a non-joiner behind them would not show. From
// ArabicShaping.txt, joining types R and U.
const unjoining =
  '\\u0621-\\u0625\\u0627\\u0629\\u062f-\\u0632\\u0648\\u0671-\\u0677\\u0688-\\u0699\\u06c0\\u06c3-\\u06cb\\u06cd' +
  '\\u06cf\\u06d2\\u06d3\\u06d5\\u06ee\\u06ef\\u0710\\u0715-\\u0719\\u071e\\u0728\\u072a\\u072c\\u072f\\u074d' +
  '\\u0759-\\u075b\\u076b\\u076c\\u0771\\u0773\\u0774\\u0778\\u0779\\u0870-\\u0882\\u088e\\u08aa-\\u08ae\\u08b1\\u08b2\\u08b9';
const joined =
  '[\\p{sc=Arabic}\\p{sc=Syriac}\\p{sc=Nko}\\p{sc=Mandaic}\\p{sc=Adlam}\\p{sc=Hanifi_Rohingya}]&&\\p{L}';
/** Signs that take the vowel from a letter; a joiner behind one chooses how it joins the next. */
const viramas =
  '\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u1039\\u17d2\\u1b44\\ua8c4\\ua9c0' +
  '\\u{11046}\\u{110b9}\\u{11133}\\u{111c0}\\u{1134d}\\u{11442}\\u{114c2}';
const mongolian = '[\\u1820-\\u1878\\u1880-\\u18aa]';

/** Joiners and selectors where they change what is seen: at other places they hide. */
const joiners = new RegExp(
  [
    // Persian, Urdu, Kurdish, …: the letter before ends as if a word did.
    `(?<=[[${joined}]--[${unjoining}]]\\p{Mn}*)\\u200c(?=[${joined}])`,
    // Malayalam, Sinhala, Hindi, …
    `(?<=\\p{L}\\p{M}*[${viramas}])[\\u200c\\u200d]`,
    // Bengali, Odia, Telugu and Kannada: an r that keeps its shape.
    '(?<=[\\u09b0\\u09f0\\u0b30\\u0c30\\u0cb0])\\u200d(?=[\\u09cd\\u0b4d\\u0c4d\\u0ccd])',
    `(?<=${mongolian})[\\u180b-\\u180d\\u180f]`,
    `(?<=${mongolian}[\\u180b-\\u180d\\u180f]?)\\u180e(?=${mongolian})`,
  ].join('|'),
  'gv',
);

// More would reach into the lines above and below. Spacing marks do not: a Burmese letter may have two of them besides.
const stacked = /(?:[\p{Mn}\p{Me}]\p{Mc}*){4}|\p{M}{7}/u;
/** It would sit on whatever stands before the name. */
const unattached = /(?:^|[\p{Z}\s])\p{M}/u;

/** Whether anything of a text can be seen. */
export function isShown(text: string): boolean {
  return shown.test(text);
}

/** The name without what stands in it rightly and is no letter, digit or sign by itself. */
function withoutJoiners(name: string): string {
  return name.replace(joiners, '');
}

/** Whether it has the characters of a name to sign in with: letters, digits, dot, hyphen and underscore. */
export function isSignInName(name: string): boolean {
  return /^[\p{L}\p{M}\p{N}_.-]+$/u.test(withoutJoiners(name)) && findNameFault(name) === undefined;
}

/** Why people cannot be shown this name; undefined where they can. */
export function findNameFault(name: string): string | undefined {
  const plain = withoutJoiners(name.replace(emoji, 'x'));
  if (disguising.test(plain)) return 'contains invisible characters';
  if (unattached.test(plain)) return 'has a mark without a letter before it';
  return stacked.test(plain.normalize('NFD')) ? 'has more than three marks on a letter' : undefined;
}
