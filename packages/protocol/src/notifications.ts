import {z} from 'zod';
import {afterPage, id, list, nextPage, object, pageLimit, text, wireTime} from './fields.ts';
import {limits} from './limits.ts';
import {maxDataDepth, productData, storedData} from './product-data.ts';

export const notification = z
  .object({
    id: z.uuid().describe('Id of the notification.'),
    type: z.string().describe("What it is about, in the product's own words."),
    data: storedData.describe(
      "The product's own JSON object, as it was given: show texts in it as text, never as HTML.",
    ),
    createdAt: wireTime('When it was stored.'),
    readAt: wireTime('When it was marked as read. Missing while it is unread.').optional(),
  })
  .describe('What a product told one of its users. Kept for 90 days.');
export type Notification = z.infer<typeof notification>;

export const createNotificationsInput = object({
  to: list(id, 1, limits.notificationRecipients).describe(
    'Ids of 1 to 1,000 users of the tenant. All are notified or, where one is unknown, nobody; who is named twice is notified once.',
  ),
  type: text(1, limits.notificationTypeChars).describe(
    "What it is about, 1 to 80 characters in the product's own words.",
  ),
  data: productData(limits.notificationBytes).describe(
    `Any JSON object of at most ${limits.notificationBytes} bytes as JSON and ${maxDataDepth} levels. The web client shows ` +
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
