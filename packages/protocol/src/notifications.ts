import {z} from 'zod';
import {id, list, object, opaque, pageLimit, text} from './fields.ts';
import {limits} from './limits.ts';

export const notification = z.object({
  id: z.uuid(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  createdAt: z.string(),
  readAt: z.string().optional(),
});
export type Notification = z.infer<typeof notification>;

/** Deeper than this, nobody meant it. */
const maxDepth = 20;

/** Whatever a product wants to tell: any JSON object that can be stored as it is. */
const data = z.preprocess(refuseUnstorable, z.record(z.string(), z.unknown()));

// Before the record's own schema, which passes over a key __proto__ without a word.
function refuseUnstorable(value: Record<string, unknown>, {issues}: z.core.ParsePayload): unknown {
  const message = !isStorable(value)
    ? `contains U+0000, an unpaired surrogate, a number that would be rounded, the key __proto__, or more than ${maxDepth} levels`
    : !isSmall(value) && `has more than ${limits.notificationBytes} bytes as JSON`;
  if (message) issues.push({code: 'custom', message, input: value});
  return value;
}

function isStorable(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return !value.includes('\u0000') && value.isWellFormed();
  // NaN is how a number arrives that JSON has and JavaScript has not.
  if (typeof value === 'number') return Number.isFinite(value) && isExact(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= maxDepth) return false;
  return Object.entries(value).every(
    ([key, inner]) => key !== '__proto__' && isStorable(key) && isStorable(inner, depth + 1),
  );
}

/** Beyond 2^53 one number stands for several. */
function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

function isSmall(value: unknown): boolean {
  return new TextEncoder().encode(JSON.stringify(value)).length <= limits.notificationBytes;
}

export const createNotificationsInput = object({
  to: list(id, 1, limits.notificationRecipients),
  type: text(1, limits.notificationTypeChars),
  data,
  key: text(1, limits.notificationKeyChars).optional(),
});
/** `ids[i]` is what `to[i]` got. */
export const createNotificationsResult = z.object({ids: z.array(z.uuid())});

export const listNotificationsInput = object({after: opaque.optional(), limit: pageLimit});
export const listNotificationsResult = z.object({
  notifications: z.array(notification),
  unread: z.int(),
  next: z.string().optional(),
});

export const readNotificationsInput = object({
  ids: list(id, 1, limits.pageItems).optional(),
  upTo: id.optional(),
}).refine(({ids, upTo}) => (ids === undefined) !== (upTo === undefined), 'Give either ids or upTo.');
export const readNotificationsResult = z.object({unread: z.int()});

export type CreateNotificationsInput = z.output<typeof createNotificationsInput>;
export type CreateNotificationsResult = z.infer<typeof createNotificationsResult>;
export type ListNotificationsInput = z.output<typeof listNotificationsInput>;
export type ListNotificationsResult = z.infer<typeof listNotificationsResult>;
export type ReadNotificationsInput = z.output<typeof readNotificationsInput>;
export type ReadNotificationsResult = z.infer<typeof readNotificationsResult>;
