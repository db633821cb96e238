import {z} from 'zod';
import {limits} from './limits.ts';

// U+0000 cannot be stored in Postgres and an unpaired surrogate cannot be encoded in UTF-8: one such string would fail
// the whole batch it travels in.
const storable = (text: string) => !text.includes('\u0000') && text.isWellFormed();
const storableMessage = 'contains U+0000 or an unpaired surrogate';

/** A string that Postgres can store, of `min` to `max` characters: code points, as JSON Schema counts. */
export const text = (min: number, max: number) =>
  z.string().min(min).max(max).refine(storable, storableMessage);

// What shows as nothing, or turns the direction of what follows, can disguise a name as another. Beside what Unicode
// calls ignorable: controls, separators, the blank of braille and the filler of Khitan.
const disguising = /[\u{16fe4}\u2800\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Some have joiners and selectors inside, which show as part of them. */
const emoji = /\p{RGI_Emoji}/gv;

/** A name shown to others: trimmed, NFC, without invisible or direction-changing characters. */
export const name = (min: number, max: number) =>
  z
    .string()
    .normalize('NFC')
    .trim()
    .min(min)
    .max(max)
    .refine(storable, storableMessage)
    .refine((value) => !disguising.test(value.replace(emoji, '')), 'contains invisible characters');

export const id = z.uuid().transform((value) => value.toLowerCase());
export const rev = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const epoch = text(1, 64);
export const time = z.iso.datetime();
export const color = z.string().regex(/^#[0-9a-f]{6}$/, 'must be #rrggbb');
export const opaque = text(1, 200);

/** Query strings carry text only; the same schema reads them and socket payloads. */
const numeric = (value: unknown) =>
  typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
const logical = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value);

export const queryRev = z.preprocess(numeric, rev);
export const queryBoolean = z.preprocess(logical, z.boolean());
export const pageLimit = z
  .preprocess(numeric, z.int().min(1).max(limits.pageItems))
  .default(limits.defaultPageItems);

export const username = name(limits.usernameMinChars, limits.usernameChars).refine(
  (value) => /^[\p{L}\p{N}_.-]+$/u.test(value),
  'may have letters, digits, dot, hyphen and underscore',
);
export const displayName = name(1, limits.displayNameChars);
export const newPassword = text(limits.passwordMinChars, limits.passwordChars);
/** A password to be compared: any length that a password could have had. */
export const givenPassword = text(1, limits.passwordChars);
export const roomPassword = text(1, limits.passwordChars);

/** A strict object: the server refuses unknown fields. */
export const object = z.strictObject;
