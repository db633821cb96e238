/** What a product keeps with its users, rooms and messages, and tells in notifications: a JSON object of its own. */
import {z} from 'zod';

/** Deeper than this, nobody meant it. */
export const maxDataDepth = 20;

/** Any JSON object that can be stored as it is, of at most so many bytes. */
export const productData = (maxBytes: number) =>
  z.preprocess(
    // Before the record's own schema, which passes over a key __proto__ without a word.
    (value: Record<string, unknown>, {issues}: z.core.ParsePayload) => {
      const message = findFault(value, maxBytes);
      if (message) issues.push({code: 'custom', message, input: value});
      return value;
    },
    z.record(z.string(), z.unknown()),
  );

/** The same in an answer. */
export const storedData = z.record(z.string(), z.unknown());

function findFault(value: unknown, maxBytes: number): string | undefined {
  if (!isStorable(value)) {
    return `contains U+0000, an unpaired surrogate, a number that would be rounded, the key __proto__, or more than ${maxDataDepth} levels`;
  }
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  return bytes > maxBytes ? `has more than ${maxBytes} bytes as JSON` : undefined;
}

function isStorable(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return !value.includes('\u0000') && value.isWellFormed();
  // NaN is how a number arrives that JSON has and JavaScript has not.
  if (typeof value === 'number') return Number.isFinite(value) && isExact(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= maxDataDepth) return false;
  return Object.entries(value).every(
    ([key, inner]) => key !== '__proto__' && isStorable(key) && isStorable(inner, depth + 1),
  );
}

/** Beyond 2^53 one number stands for several. */
function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}
