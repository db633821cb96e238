/** An address in a text: its text, and the address that it links to. */
export type Address = {text: string; href: string};

/** The ways in which an address may begin. Nothing else becomes a link, so no text becomes a program. */
export const addressStart =
  /(?<![A-Za-z0-9])(?:[Hh][Tt][Tt][Pp][Ss]?:\/\/|[Mm][Aa][Ii][Ll][Tt][Oo]:|(?<![@./-])[Ww][Ww][Ww]\.)/u;

// The characters of RFC 3986, those that browsers also show in addresses, and letters of any script with their joiners.
const part = /[\w.~:/?#@!$&'*+,;=%|^()[\]{}\p{L}\p{M}\p{N}\p{Join_Control}-]/u;
const openers = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);
/** A character that ends a sentence or clause rather than belonging to an address. */
const ending = /[.,:;!?|^\p{Join_Control}]$/u;
/** Scripts whose sentences continue right after an address, without a space. */
const unspaced = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const beforeUnspaced = /[A-Za-z0-9)\]}]/;
const particles =
  /(?:에서(?:는|도|만|의)?|에게|에는|에도|까지|부터|으로|이라고|라고|입니다|이에요|예요)$|(?<=[/=?&#])(?:에|은|는|이|가|을|를|로|의|와|과|도|만|하고|이나)$/u;
const host = /^www\.(?:[^\s./?#:]+\.)+[^\s./?#:]{2,}(?:[:/?#]|$)/iu;
const mail = /^mailto:[^@?]+@[^@?]+\.[^@?]+(?:\?|$)/iu;

/** Returns the address that begins at `start`, or undefined if there is none. */
export function addressAt(source: string, start: number): Address | undefined {
  const text = withoutEnd(source.slice(start, endOf(source, start)));
  const url = URL.parse(/^www\./i.test(text) ? `https://${text}` : text);
  if (url === null || (/^www\./i.test(text) && !host.test(text))) return undefined;
  if (url.protocol === 'mailto:') return mail.test(text) ? {text, href: url.href} : undefined;
  return url.protocol === 'http:' || url.protocol === 'https:' ? {text, href: url.href} : undefined;
}

/** Ends at a character that cannot belong to it, at a bracket that it does not open, or where the sentence continues. */
function endOf(source: string, start: number): number {
  const open: string[] = [];
  let before = '';
  let end = start;
  let isPath = false;
  for (const character of source.slice(start)) {
    if (!part.test(character)) break;
    if (unspaced.test(character) && goesOn(before, isPath)) break;
    if (openers.has(character) && open.pop() !== openers.get(character)) break;
    if ('([{'.includes(character)) open.push(character);
    isPath ||= /[/?#]/.test(character) && !/[:/]/.test(before);
    before = character;
    end += character.length;
  }
  return end;
}

/** Whether a letter of an unspaced script belongs to the sentence: it follows a letter of the address, or a full stop. */
function goesOn(before: string, isPath: boolean): boolean {
  return beforeUnspaced.test(before) || (isPath && /[.,:;!]/.test(before));
}

/** Removes the punctuation, quotation mark and particle of the surrounding sentence. */
function withoutEnd(found: string): string {
  const isQuoted = found.endsWith("'") && found.split("'").length % 2 === 0;
  const shorter = isQuoted ? found.slice(0, -1) : found.replace(ending, '').replace(particles, '');
  return shorter === found ? withoutOpened(found) : withoutEnd(shorter);
}

/** A bracket that the address opens but does not close is not part of its end. */
function withoutOpened(found: string): string {
  return /[([{]$/.test(found) ? withoutEnd(found.slice(0, -1)) : found;
}
