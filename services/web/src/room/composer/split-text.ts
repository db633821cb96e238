const fence = /^\s*```[\w-]*\s*$/;

/** Counts the characters of a text as the server does: in code points. */
export function countChars(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * Splits a text into parts of at most `maxChars` characters, in order: between lines, else between words, else between
 * grapheme clusters. If a code block is split, it is closed and reopened, so that each part shows it as code.
 */
export function splitText(text: string, maxChars: number): string[] {
  const parts: string[] = [];
  let rest = text;
  let opening = '';
  while (isLonger(opening + rest, maxChars)) {
    const room = maxChars - countChars(opening) - closing.length;
    const end = cutAt(rest, room);
    const piece = opening + rest.slice(0, end).trimEnd();
    opening = openFenceOf(piece);
    parts.push(opening === '' ? piece : piece + closing);
    rest = rest.slice(end).replace(opening === '' ? /^\s+/ : /^\n/, '');
  }
  return [...parts, opening + rest].filter((part) => part.trim() !== '');
}

/** Whether a text has more characters than this. It does not count a very long one to the end. */
function isLonger(text: string, maxChars: number): boolean {
  return text.length > 2 * maxChars || countChars(text) > maxChars;
}

const closing = '\n```';

/** Returns the line that opens a code block which the text does not close, with its line break; else nothing. */
function openFenceOf(text: string): string {
  const open = text.split('\n').reduce((before, line) => {
    if (!fence.test(line)) return before;
    return before === '' ? `${line.trim()}\n` : '';
  }, '');
  return open;
}

/** Returns where to cut: as late as possible, but in the first half only if there is no other place. */
function cutAt(text: string, maxChars: number): number {
  const most = indexOfChar(text, maxChars);
  const window = text.slice(0, most + 1);
  const least = most / 2;
  const line = window.lastIndexOf('\n');
  if (line > least) return line;
  const word = window.search(/\s\S*$/);
  if (word > least) return word;
  return letterEnd(text, most);
}

/** Returns the end of the last whole letter before `most`. A letter longer than a part is cut between code points. */
function letterEnd(text: string, most: number): number {
  // No script has a grapheme cluster of more code units.
  const from = Math.max(0, most - 200);
  const start = from > 0 && isTrail(text.charCodeAt(from)) ? from + 1 : from;
  let end = start;
  for (const {index, segment} of new Intl.Segmenter().segment(text.slice(start, most + 100))) {
    if (start + index + segment.length > most) break;
    end = start + index + segment.length;
  }
  return end > start ? end : most;
}

function indexOfChar(text: string, count: number): number {
  let index = 0;
  for (let left = count; left > 0 && index < text.length; left -= 1)
    index += text.codePointAt(index)! > 0xff_ff ? 2 : 1;
  return index;
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc_00 && unit <= 0xdf_ff;
}
