import {z} from 'zod';
import {afterPage, id, list, nextPage, object, pageLimit, text, wireTime} from './fields.ts';
import {limits} from './limits.ts';

export const notification = z
  .object({
    id: z.uuid().describe('Id of the notification.'),
    type: z.string().describe("What it is about, in the product's own words."),
    data: z
      .record(z.string(), z.unknown())
      .describe("The product's own JSON object, as it was given: show texts in it as text, never as HTML."),
    createdAt: wireTime('When it was stored.'),
    readAt: wireTime('When it was marked as read. Missing while it is unread.').optional(),
  })
  .describe('What a product told one of its users. Kept for 90 days.');
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
  to: list(id, 1, limits.notificationRecipients).describe(
    'Ids of 1 to 1,000 users of the tenant. All are notified or, where one is unknown, nobody; who is named twice is notified once.',
  ),
  type: text(1, limits.notificationTypeChars).describe(
    "What it is about, 1 to 80 characters in the product's own words.",
  ),
  data: data.describe(
    `Any JSON object of at most ${limits.notificationBytes} bytes as JSON and ${maxDepth} levels. The web client shows ` +
      '`title` and `text` as plain text, and `link` or `url` as a link.',
  ),
  key: text(1, limits.notificationKeyChars)
    .describe(
      'Makes a retry safe: the same key of the same service gets the first answer, for 90 days. 1 to 200 characters.',
    )
    .optional(),
});
export const createNotificationsResult = z.object({
  ids: z.array(z.uuid()).describe('Ids of the notifications: `ids[i]` is what `to[i]` got.'),
});

export const unreadNotifications = z.int().describe("How many of the user's notifications are unread.");
export const listNotificationsInput = object({after: afterPage, limit: pageLimit});
export const listNotificationsResult = z.object({
  notifications: z
    .array(notification)
    .describe('Newest first. A page has at most 256 KiB, so large ones make it shorter than `limit`.'),
  unread: unreadNotifications,
  next: nextPage,
});

export const readNotificationsInput = object({
  ids: list(id, 1, limits.pageItems)
    .describe(
      `Ids of 1 to ${limits.pageItems} notifications to mark. Those that are not the caller's are passed over.`,
    )
    .optional(),
  upTo: id.describe('Id of a notification of the caller: marks it and all before it.').optional(),
})
  .refine(({ids, upTo}) => (ids === undefined) !== (upTo === undefined), 'Give either ids or upTo.')
  .meta({oneOf: [{required: ['ids']}, {required: ['upTo']}]});
export const readNotificationsResult = z.object({unread: unreadNotifications});

export type CreateNotificationsInput = z.output<typeof createNotificationsInput>;
export type CreateNotificationsResult = z.infer<typeof createNotificationsResult>;
export type ListNotificationsInput = z.output<typeof listNotificationsInput>;
export type ListNotificationsResult = z.infer<typeof listNotificationsResult>;
export type ReadNotificationsInput = z.output<typeof readNotificationsInput>;
export type ReadNotificationsResult = z.infer<typeof readNotificationsResult>;
