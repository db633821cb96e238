/**
 * What a folded text consists of for a search: words, and runs of scripts without spaces between words.
 *
 * A query finds a word by its beginning, and a run by any part of it. One syllable, picture or word of such a script
 * tells as much as a word of an alphabet.
 */

/** Scripts in which a word may begin anywhere. Korean has spaces, but its words take endings and stand in compounds. */
const runSet =
  '[[\\p{scx=Hangul}\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}]' +
  '&&[\\p{L}\\p{M}\\p{N}]]';
const run = `[${runSet}\\p{Extended_Pictographic}\\p{Regional_Indicator}\\p{Emoji_Modifier}]`;
const word = `[[\\p{L}\\p{M}\\p{N}]--${run}]`;

const parts = new RegExp(`(${run}+)|${word}+`, 'gv');
const endsInWord = new RegExp(`${word}$`, 'v');
const beginsWord = new RegExp(`^${word}`, 'v');

export type Part = {text: string; isRun: boolean};

/** The words and runs of a folded text, in their order. */
export function partsOf(folded: string): Part[] {
  return Array.from(folded.matchAll(parts), ([text, asRun]) => ({text, isRun: asRun !== undefined}));
}

/** Whether a folded text has `sought`. If that begins with a word, it must stand where a word begins. */
export function hasPart(folded: string, sought: string): boolean {
  const isWord = beginsWord.test(sought);
  for (let at = folded.indexOf(sought); at >= 0; at = folded.indexOf(sought, at + 1)) {
    // A surrogate pair is one character.
    if (!isWord || at === 0 || !endsInWord.test(folded.slice(Math.max(0, at - 2), at))) return true;
  }
  return false;
}
