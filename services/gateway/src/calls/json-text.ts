/** Checks JSON text before it is parsed: a parser accepts values that later steps cannot handle. */

/** Deeper than any valid input. Code that walks over a value recurses at each level, and would overflow the stack. */
const maxDepth = 32;
/** Every number with this many digits is kept exactly. */
const safeDigits = 15;
/** Nobody sends a longer number on purpose. */
const maxNumberChars = 100;

const [quote, backslash, minus] = ['"', '\\', '-'].map((character) => character.charCodeAt(0));

/** Says what is wrong with the text, in words for its sender; undefined if a parser may read it. One pass. */
export function findJsonFault(text: string): string | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (isOpening(code)) {
      depth += 1;
      if (depth > maxDepth) return `The JSON has more than ${maxDepth} levels.`;
    } else if (isClosing(code)) depth -= 1;
    else if (code === minus || isDigit(code)) {
      const end = endOfNumber(text, at);
      if (!isKept(text.slice(at, end))) {
        return 'The JSON has a number that would be rounded; send it as a string.';
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The position of the closing quote, or the end of an unterminated text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end, start)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes precedes it. Each is read once: they begin after the last quote. */
function isEscaped(text: string, at: number, start: number): boolean {
  let first = at;
  while (first - 1 > start && text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && isOfNumber(text.charCodeAt(at))) at += 1;
  return at;
}

/** Whether the JavaScript number, written out again, is the same number. The parser refuses what is not a number. */
function isKept(text: string): boolean {
  if (text.length <= safeDigits && !/e/i.test(text)) return true;
  if (text.length > maxNumberChars) return false;
  const value = Number(text);
  return Number.isNaN(value) || (Number.isFinite(value) && canonical(String(value)) === canonical(text));
}

/** The significant digits, and the power of ten of the last one. */
function canonical(number: string): string {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().replace(/^-/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${significant}e${power}`;
}

function isOpening(code: number): boolean {
  return code === 0x5b || code === 0x7b;
}

function isClosing(code: number): boolean {
  return code === 0x5d || code === 0x7d;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isOfNumber(code: number): boolean {
  return isDigit(code) || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x45 || code === 0x65;
}
