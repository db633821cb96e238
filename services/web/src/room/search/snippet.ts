/** A piece of a message's text. The query found the pieces that are hits. */
export type Piece = {text: string; isHit: boolean};

/** So much of the text stands before the first hit. */
const charsBefore = 32;
const maxChars = 240;

const quoted = /["“”„]([^"“”„]+)["“”„]/g;
/** Scripts in which a word may begin anywhere. */
const anywhere =
  /[\p{scx=Hangul}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{Extended_Pictographic}]/u;
const words = /[\p{L}\p{M}\p{N}\p{Extended_Pictographic}]+/gu;
const letter = /[\p{L}\p{N}]/u;

/**
 * Returns the part of a text around what a query finds in it, cut into pieces.
 *
 * The server decides what is found. This only shows where: a word by its beginning, anything anywhere in scripts such as
 * Hangul, without regard to case, accents and width.
 */
export function snippetOf(text: string, query: string): Piece[] {
  const {chars, folded, indexes} = foldChars(text);
  const isHit = chars.map(() => false);
  for (const term of termsOf(query)) {
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + 1)) {
      if (!mayBegin(folded, at, term)) continue;
      for (let end = at; end < at + term.length; end += 1) isHit[indexes[end]!] = true;
    }
  }
  const first = Math.max(0, isHit.indexOf(true));
  const start = first <= charsBefore ? 0 : beginOfWord(chars, first - charsBefore, first);
  const end = Math.min(chars.length, start + maxChars);
  const pieces: Piece[] = start === 0 ? [] : [{text: '…', isHit: false}];
  for (let at = start; at < end; at += 1) {
    const last = pieces.at(-1);
    if (last?.isHit === isHit[at]) last!.text += chars[at]!;
    else pieces.push({text: chars[at]!, isHit: isHit[at]!});
  }
  return end < chars.length ? [...pieces, {text: '…', isHit: false}] : pieces;
}

/** The words of a query, and its phrases in quotation marks, in the form in which they are compared. */
function termsOf(query: string): string[] {
  const phrases = Array.from(query.matchAll(quoted), ([, phrase]) => phrase!.trim());
  const rest = query.replace(quoted, ' ').match(words) ?? [];
  return [...phrases, ...rest].map((term) => foldChars(term).folded).filter((term) => term !== '');
}

/** The characters of a text, their folded form, and for each unit of that the character from which it comes. */
function foldChars(text: string): {chars: string[]; folded: string; indexes: number[]} {
  const chars = Array.from(text.normalize('NFC').replace(/\s+/g, ' '));
  const indexes: number[] = [];
  let folded = '';
  for (const [index, char] of chars.entries()) {
    const plain = char.normalize('NFKD').replace(/[\u0300-\u036f]/g, '');
    const one = plain.toUpperCase().toLowerCase().normalize('NFC');
    folded += one;
    for (let unit = 0; unit < one.length; unit += 1) indexes.push(index);
  }
  return {chars, folded, indexes};
}

function mayBegin(folded: string, at: number, term: string): boolean {
  if (anywhere.test(Array.from(term)[0]!)) return true;
  const before = Array.from(folded.slice(Math.max(0, at - 2), at)).at(-1) ?? ' ';
  return !letter.test(before) || anywhere.test(before);
}

function beginOfWord(chars: readonly string[], from: number, to: number): number {
  const space = chars.indexOf(' ', from);
  return space < 0 || space >= to ? from : space + 1;
}
