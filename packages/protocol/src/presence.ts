import {z} from 'zod';
import {id, object, rev} from './fields.ts';
import {limits} from './limits.ts';
import {user} from './users.ts';

export const emptyInput = object({}).describe('No fields.');
export const emptyResult = z.object({}).describe('No fields yet.');
export const watchPresenceResult = z.object({
  online: z.int().describe('How many users of the tenant have a connection now.'),
  users: z.array(user).describe(`Some of them, at most ${limits.presenceNamesMaxOnline}.`),
});
export const setPresenceInput = object({
  away: z
    .boolean()
    .describe(
      'Whether nobody is at this connection. A new connection is not away. The user is away once all of their connections are.',
    ),
});
export const setTypingInput = object({
  roomId: id.describe('Id of the room.'),
  typing: z
    .boolean()
    .describe(
      'Whether the caller is typing. True ends by itself after 6 seconds, so repeat it while it lasts.',
    ),
});
export const markReadInput = object({
  roomId: id.describe('Id of the room.'),
  seq: rev.describe(
    'The `seq` of the last message that was read. The mark never moves back, and never beyond the head of the log.',
  ),
  threadOf: rev
    .min(1)
    .describe(
      'The `seq` of the message whose thread was read. The mark of the thread moves, if the caller follows it; that of the room stays.',
    )
    .optional(),
  back: z
    .boolean()
    .describe(
      'With true, `seq` is instead the message that is to be the first unread one, unless an earlier one is.',
    )
    .optional(),
});
/** Of both the answer to one device and the event to the others. */
export const readSeq = z.int().describe('Up to which `seq` the user has read, on any device.');
export const unread = z
  .int()
  .describe(
    `Messages of others above \`readSeq\`, deleted ones aside. Counting stops at ${limits.unreadCount}: show that as ` +
      `${limits.unreadCount - 1}+.`,
  );
/** Of a room's state, and of what changes it. */
export const mentions = z
  .int()
  .describe(
    `How many unread inbox items of the room the user has: mentions, replies and requests. Counting stops at ${limits.unreadCount}.`,
  );
export const markReadResult = z.object({readSeq, unread, mentions: mentions.optional()});

export type EmptyInput = z.output<typeof emptyInput>;
export type EmptyResult = z.infer<typeof emptyResult>;
export type WatchPresenceResult = z.infer<typeof watchPresenceResult>;
export type SetPresenceInput = z.output<typeof setPresenceInput>;
export type SetTypingInput = z.output<typeof setTypingInput>;
export type MarkReadInput = z.output<typeof markReadInput>;
export type MarkReadResult = z.infer<typeof markReadResult>;
