/**
 * The fields that inputs are made of.
 *
 * Whatever is too long or of a wrong type is refused before anything else looks at it: what the rest costs is bounded by
 * the limits, never by what was sent.
 */
import {z} from 'zod';
import {limits} from './limits.ts';
import {findNameFault, isShown, isSignInName} from './names.ts';

// U+0000 cannot be stored in Postgres and an unpaired surrogate cannot be encoded in UTF-8: one such string would fail
// the whole batch it travels in.
const storable = (text: string) => !text.includes('\u0000') && text.isWellFormed();
const storableMessage = 'contains U+0000 or an unpaired surrogate';

/** Whether the text has more than `max` code points; looks at no more than that. */
function isLonger(text: string, max: number): boolean {
  if (text.length <= max) return false;
  if (text.length > 2 * max) return true;
  let units = 0;
  for (let count = 0; count < max; count += 1) units += text.codePointAt(units)! > 0xffff ? 2 : 1;
  return units < text.length;
}

/** Ends the checks of a longer string. Zod's own `max` goes on, and looks at all of the string itself. */
const atMost =
  (max: number, charsEach = 1) =>
  ({value, issues}: z.core.ParsePayload<string>) => {
    if (!isLonger(value, max * charsEach)) return;
    issues.push({
      code: 'too_big',
      origin: 'string',
      maximum: max,
      inclusive: true,
      input: value,
      continue: false,
    });
  };

const bounded = (max: number) => z.string().check(atMost(max)).max(max);

/** A string that Postgres can store, of `min` to `max` characters: code points, as JSON Schema counts. */
export const text = (min: number, max: number) => bounded(max).min(min).refine(storable, storableMessage);

/** A text for people to read: some of it can be seen. */
export const shownText = (min: number, max: number) =>
  text(min, max).refine(isShown, 'shows nothing: it has blanks and invisible characters only');

/** No character has a longer canonical decomposition. */
const decomposedChars = 4;

/** Trimmed, and in the composed form that is kept; what is too long in any form is only begun. */
function compose(given: string, max: number): string {
  const trimmed = given.trim();
  if (isLonger(trimmed, max)) {
    const beginning = Array.from(trimmed)
      .slice(0, max + 1)
      .join('')
      .normalize('NFC');
    if (isLonger(beginning, max)) return beginning;
  }
  return trimmed.normalize('NFC');
}

/** A name as it is given, to be looked up: trimmed, NFC. */
export const givenName = (min: number, max: number) =>
  z
    .string()
    .check(atMost(max, decomposedChars))
    .overwrite((value) => compose(value, max))
    .check(atMost(max))
    .max(max)
    .min(min)
    .refine(storable, {error: storableMessage, abort: true});

/** A name shown to others: trimmed, NFC, without what hides, turns the direction or is stacked. */
export const name = (min: number, max: number) =>
  givenName(min, max).superRefine((value, {addIssue}) => {
    const message = findNameFault(value);
    if (message) addIssue({code: 'custom', message});
  });

export const uuidChars = 36;
const instantChars = 40;
const colorChars = '#rrggbb'.length;

export const id = bounded(uuidChars).check(z.uuid()).toLowerCase();
export const rev = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const epoch = text(1, 64);
/** A time of the years 1 to 9999, with Z or an offset; in UTC from here on. */
export const time = bounded(instantChars)
  .check(z.iso.datetime({offset: true}))
  .overwrite(toUtc)
  .refine((value) => /^(?!0000)\d{4}-/.test(value), 'is outside the years 1 to 9999');
export const date = bounded('2026-03-01'.length).check(z.iso.date());
export const color = bounded(colorChars)
  .regex(/^#[0-9a-f]{6}$/, 'must be #rrggbb')
  .describe(
    'A colour as `#` and six hexadecimal digits in lower case. What is stored stays where this is left out.',
  );
export const opaque = text(1, 200);

function toUtc(value: string): string {
  const instant = new Date(value);
  return Number.isNaN(instant.getTime()) ? '' : instant.toISOString();
}

/** A list whose items are looked at only where there are not too many, and up to the first that does not fit. */
export function list<Item extends z.ZodType>(item: Item, min: number, max: number) {
  return z.preprocess((value: z.input<Item>[], {issues}) => {
    if (!Array.isArray(value)) {
      issues.push({code: 'invalid_type', expected: 'array', input: value});
      return value;
    }
    if (value.length > max) {
      issues.push({code: 'too_big', origin: 'array', maximum: max, inclusive: true, input: value});
      return value;
    }
    for (const [index, each] of value.entries()) {
      const {error} = item.safeParse(each);
      if (!error) continue;
      const {message, path} = error.issues[0]!;
      issues.push({code: 'custom', message, path: [index, ...path], input: each});
      break;
    }
    return value;
  }, z.array(item).min(min).max(max));
}

export const pageLimit = z
  .int()
  .min(1)
  .max(limits.pageItems)
  .default(limits.defaultPageItems)
  .describe(
    `The most items that the answer may have, 1 to ${limits.pageItems}; ${limits.defaultPageItems} unless given.`,
  );

/** Where a page begins: the `next` of the one before. */
export const afterPage = opaque
  .describe('The `next` of the page before this one. Leave it out for the first page.')
  .optional();
/** Where the next page begins. */
export const nextPage = z
  .string()
  .describe('Give it as `after` to get the next page. Missing on the last page.')
  .optional();

/** A time of an answer, as Postgres writes it. */
export const wireTime = (what: string) =>
  z.string().meta({
    description: `${what} RFC 3339, in UTC with milliseconds: 2026-03-01T09:30:00.000Z.`,
    format: 'date-time',
  });

export const username = name(limits.usernameMinChars, limits.usernameChars)
  .refine(isSignInName, 'may have letters, digits, dot, hyphen and underscore')
  .describe(
    `What the account signs in with: ${limits.usernameMinChars} to ${limits.usernameChars} letters of any script, ` +
      'digits, dots, hyphens and underscores, counted in composed form (NFC).',
  );
export const givenUsername = givenName(1, limits.usernameChars);
export const displayName = name(1, limits.displayNameChars);
/** What a product calls its user: its customers have longer names than people choose here. */
export const productName = name(1, limits.productNameChars);
export const newPassword = text(limits.passwordMinChars, limits.passwordChars).describe(
  `The new password: ${limits.passwordMinChars} to ${limits.passwordChars} characters. One that is easily guessed is ` +
    '`invalid` with `details.reason` `guessable_password`.',
);
/** A password to be compared: any length that a password could have had. */
export const givenPassword = text(1, limits.passwordChars);
/** Of a room; rooms from before the bound may have a shorter one, which can still be given. */
export const newRoomPassword = text(limits.roomPasswordMinChars, limits.passwordChars);
export const roomPassword = text(1, limits.passwordChars);

const namedKeys = 5;

/** A strict object: the server refuses unknown fields, and names the first of them. */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown fields: ${issue.keys.slice(0, namedKeys).map(String).join(', ')}`
        : undefined,
  });
}
