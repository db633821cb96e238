/**
 * Paths of the HTTP API, from parts that were checked.
 *
 * A URL drops `.` and `..` and whatever precedes the latter, also percent-encoded. So a call about one thing, given two
 * dots for its id, would become a call about the thing around it.
 */

/** A part that may hold slashes: a text that the caller chose. */
export class TextPart {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The builder's own parts are ids; this makes a part of any text except dot segments. */
export function textPart(text: string): TextPart {
  return new TextPart(text);
}

export type PathBuilder = (texts: TemplateStringsArray, ...parts: (string | TextPart)[]) => string;

const dotSegment = /^(?:\.|%2e){1,2}$/i;
const separators = /[/\\]/;

/** Makes a template tag for paths. It throws what `refusal` makes for an id that is empty, no string, or would move. */
export function pathBuilder(refusal: (message: string) => Error): PathBuilder {
  function encode(part: unknown): string {
    const text = part instanceof TextPart ? part.text : part;
    if (typeof text !== 'string') throw refusal(`An id must be a string, not ${nameOf(text)}.`);
    const isTooMuch = !(part instanceof TextPart) && (separators.test(text) || hasControls(text));
    const encoded = text === '' || dotSegment.test(text) || isTooMuch ? undefined : encodedOrNone(text);
    if (encoded === undefined) throw refusal(`${JSON.stringify(text)} is no id.`);
    return encoded;
  }

  return (texts, ...parts) => String.raw({raw: texts.raw}, ...parts.map(encode));
}

/** Whether a URL keeps this path as it is: every part has a name, and none is a dot segment. The query is free. */
export function isExactPath(path: string): boolean {
  const [address = ''] = path.split('?', 1);
  if (address === '/') return true;
  const [root, ...parts] = address.split('/');
  return (
    root === '' &&
    parts.length > 0 &&
    parts.every((part) => part !== '' && !dotSegment.test(part)) &&
    !/[\\#\s]/.test(address) &&
    !hasControls(address)
  );
}

/** Without an expression: k6's engine takes `\p{Cc}` in a class for the letters in it. */
function hasControls(text: string): boolean {
  return Array.from(text).some(
    (character) => character < ' ' || (character >= '\u007f' && character <= '\u009f'),
  );
}

/** None for half of a surrogate pair, which no address can hold. */
function encodedOrNone(text: string): string | undefined {
  try {
    return encodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
