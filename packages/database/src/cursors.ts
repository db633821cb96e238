import {ChatError} from '@madang/protocol/errors';

/** Makes the opaque `next` of a list from the sort key of its last row. */
export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Reads back a cursor of `parts` strings; throws `invalid` for anything that encodeCursor did not make. */
export function decodeCursor(cursor: string, parts: number): string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(key) && key.length === parts && key.every(isStorable)) return key;
  } catch {
    // Not JSON: refused below like any other forgery.
  }
  throw new ChatError('invalid', {message: 'after: not a cursor of this list'});
}

function isStorable(part: unknown): part is string {
  return typeof part === 'string' && !part.includes('\u0000') && part.isWellFormed();
}
