/** Of promise 8: what an input costs is bounded by the limits of its fields, never by what was sent. */
import {expect, test, vi} from 'vitest';
import {z} from 'zod';
import {httpSamples, samples} from '../test/support/malformations.ts';
import type {Operation} from './operation.ts';
import {operations} from './operations.ts';
import {nameOf} from './run-operation.ts';

const samplesByName: Record<string, object> = {...samples, ...httpSamples};
const ofJson = operations.filter(({http}) => http?.takes !== 'file');
const bytes = 64 * 1024;

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
const texts = Object.entries(alphabets).map(
  ([kind, part]) => [kind, part.repeat(Math.ceil(bytes / Buffer.byteLength(part)))] as const,
);

type Place = {path: string[]; maxLength: number};
type JsonSchema = {
  maxLength?: number;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  additionalProperties?: JsonSchema;
};

/** Every place of an input, with the longest text that fits there; none where no text does. */
function placesOf(schema: JsonSchema, path: string[] = []): Place[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([key, each]) =>
    placesOf(each, [...path, key]),
  );
  if (schema.items) inside.push(...placesOf(schema.items, [...path, '0']));
  for (const each of schema.anyOf ?? []) inside.push(...placesOf(each, path));
  if (typeof schema.additionalProperties === 'object') {
    const [key] = Object.keys((samples['session:start'].cursors ?? {}) as object);
    inside.push(...placesOf(schema.additionalProperties, [...path, key!]));
  }
  return [...inside, {path, maxLength: schema.maxLength ?? 0}];
}

const jsonSchemaOf = ({input}: Operation) =>
  z.toJSONSchema(input, {io: 'input', unrepresentable: 'any'}) as JsonSchema;

function withValue(input: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(input) ? [...input] : {...(input as object)}) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

/** The most code points of a text that one call of `normalize` or of a regular expression is given meanwhile. */
function mostLookedAt(text: string, act: () => void): number {
  let most = 0;
  const [first = ''] = text;
  const count = (given: unknown) => {
    if (String(given).startsWith(first)) most = Math.max(most, Array.from(String(given)).length);
  };
  const {exec} = RegExp.prototype;
  const {normalize} = String.prototype;
  const spies = [
    vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, given) {
      count(given);
      return exec.call(this, given);
    }),
    vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form) {
      count(this);
      return normalize.call(this, form);
    }),
  ];
  try {
    act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return most;
}

test.each(ofJson.map((operation) => [nameOf(operation), operation] as const))(
  '%s looks at no more of a long text than fits its field',
  (name, operation) => {
    for (const {path, maxLength} of placesOf(jsonSchemaOf(operation))) {
      for (const [kind, text] of texts) {
        const input = withValue(samplesByName[name], path, text);
        let fits = true;
        const most = mostLookedAt(text, () => ({success: fits} = operation.input.safeParse(input)));
        // Within `data` a product may say what it likes, as long as all of it is small.
        expect({kind, path, fits}).toEqual({kind, path, fits: false});
        expect({kind, path, most, isBounded: most <= maxLength + 1}).toEqual({
          kind,
          path,
          most,
          isBounded: true,
        });
      }
    }
  },
);

test('no regular expression looks at a long key, known or unknown', () => {
  for (const [kind, text] of texts) {
    for (const [name, input] of [
      ['session:start', {cursors: {[text]: {epoch: '1', rev: 1}}}],
      ['room:get', {roomId: '0193e7a0-0000-7000-8000-000000000001', [text]: 1}],
    ] as const) {
      const operation = operations.find(({event}) => event === name)!;
      let fits = true;
      const most = mostLookedAt(text, () => ({success: fits} = operation.input.safeParse(input)));
      expect(fits).toBe(false);
      expect({kind, name, most, isBounded: most <= 37}).toEqual({kind, name, most, isBounded: true});
    }
  }
});

test('a list or map with too many entries is refused unread, one with bad entries at the first', () => {
  const many = (length: number) => Array.from({length}, () => 'x');
  const cases: [name: string, input: object][] = [
    ['POST /notifications', {...httpSamples['POST /notifications'], to: many(60_000)}],
    ['POST /notifications', {...httpSamples['POST /notifications'], to: many(1_000)}],
    ['notification:read', {ids: many(30_000)}],
    ['notification:read', {ids: many(200)}],
    ['message:send', {...samples['message:send'], attachmentIds: many(60_000)}],
    ['session:start', {cursors: Object.fromEntries(many(9_000).map((key, no) => [key + no, 1]))}],
    ['POST /auth/guest', Object.fromEntries(many(9_000).map((key, no) => [key + no, 1]))],
  ];
  for (const [name, input] of cases) {
    const {error} = operations.find((each) => nameOf(each) === name)!.input.safeParse(input);
    expect(error?.issues).toHaveLength(1);
    expect(error!.issues[0]!.message.length).toBeLessThan(100);
  }
});
