/** Long texts in every place of every input: the cost of refusing them is bounded, and the benchmark measures it. */
import {z} from 'zod';
import type {Operation} from '../../src/calls/operation.ts';
import {httpSamples, samples} from './malformations.ts';

/** A valid input of each operation, by its name. */
export const samplesByName: Record<string, object> = {...samples, ...httpSamples};

const bytes = 64 * 1024;

/** Alphabets that are hard for normal forms and regular expressions. */
const alphabets = {
  letters: 'a',
  digits: '7',
  blanks: ' ',
  emoji: '😀',
  'ZWJ sequences': '👩‍👩‍👧‍👦',
  flags: '🇰🇷',
  'letters with marks': 'a\u0301',
  'combining marks': '\u0344\u0f73\u0323\u0301',
  'Hangul jamo': '\u1112\u1161\u11ab',
  Hangul: '한',
  'what expands when composed': '\ufdfa\u{1d160}',
  'unpaired surrogates': '\ud83d',
  'surrogates the wrong way round': '\udc00\ud83d',
  joiners: '\u200c\u200d',
  'viramas with joiners': '\u0915\u094d\u200d',
  'variation selectors': '\u2764\ufe0f',
  'format characters': '\u202e\u2066\u{e0061}',
  'U+0000': '\u0000',
  'almost a UUID': 'f193e7a0-0000-7000-8000-',
  'almost a time': '1999-01-01T00:00:00.',
};
/** 64 KiB of each alphabet, with its name. */
export const texts = Object.entries(alphabets).map(
  ([kind, part]) => [kind, part.repeat(Math.ceil(bytes / Buffer.byteLength(part)))] as const,
);

export type Place = {path: string[]; maxLength: number};
type JsonSchema = {
  maxLength?: number;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  additionalProperties?: JsonSchema;
};

/** Every place in an operation's input, with the longest text that is valid there; undefined if no text is. */
function placesIn(schema: JsonSchema, path: string[] = []): Place[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([key, each]) =>
    placesIn(each, [...path, key]),
  );
  if (schema.items) inside.push(...placesIn(schema.items, [...path, '0']));
  for (const each of schema.anyOf ?? []) inside.push(...placesIn(each, path));
  if (typeof schema.additionalProperties === 'object') {
    const [key] = Object.keys((samples['session:start'].cursors ?? {}) as object);
    inside.push(...placesIn(schema.additionalProperties, [...path, key!]));
  }
  return [...inside, {path, maxLength: schema.maxLength ?? 0}];
}

export function placesOf({input}: Operation): Place[] {
  return placesIn(z.toJSONSchema(input, {io: 'input', unrepresentable: 'any'}) as JsonSchema);
}

/** The input with a value at the end of that path. */
export function withValue(input: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(input) ? [...input] : {...(input as object)}) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}
