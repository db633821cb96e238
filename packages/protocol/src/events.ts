import {z} from 'zod';
import {disconnectTable, type DisconnectReason} from './disconnects.ts';
import type {WireError} from './errors.ts';
import {limits} from './limits.ts';
import {frame, leaveReason, leftAtOf} from './log.ts';
import {notification, unreadNotifications} from './notifications.ts';
import {grant, right} from './policy.ts';
import {mentions, readSeq, unread} from './presence.ts';
import {room, roomPrefs, roomState} from './rooms.ts';
import {user} from './users.ts';

const reasons = Object.keys(disconnectTable) as [DisconnectReason, ...DisconnectReason[]];
const presence = z.object({
  online: z
    .int()
    .describe('How many users there are now, over all nodes. The names beside it are some of the news.'),
  joined: z
    .array(user)
    .describe(
      `Users who came. At most ${limits.presenceNames} with \`left\`; none above ${limits.presenceNamesMaxOnline} online.`,
    ),
  left: z
    .array(z.uuid())
    .describe(
      'Ids of users who left, or who lost their last connection some seconds ago (5 unless configured).',
    ),
});
const mentionsByRoom = z
  .record(z.string(), z.int())
  .describe('By the ids of rooms whose inbox items have changed: `mentions` of their state now.')
  .optional();
const roomId = z.uuid().describe('Id of the room.');

/** What a server sends by itself: event name -> payload. Clients ignore names and fields they do not know. */
export const serverEvents = {
  'room:log': frame,
  'room:presence': presence.extend({roomId}),
  'room:typing': z.object({
    roomId,
    user: user.describe('Who is typing, or has stopped. Never told to the connection that types.'),
    typing: z.boolean().describe('True ends by itself 6 seconds after the last such event.'),
  }),
  'room:joined': roomState,
  'room:left': z.object({
    roomId,
    leftAt: z.int().describe(leftAtOf),
    reason: leaveReason.describe('Why the membership ended.'),
  }),
  'room:may': z.object({
    roomId,
    may: z.array(grant).describe('What the user may do in the room now: `membership.may`.'),
  }),
  'room:read': z.object({roomId, readSeq, unread, mentions: mentions.optional()}),
  'room:prefs': z.object({roomId, prefs: roomPrefs.describe('How the user wants the room now.')}),
  'presence:changed': presence.extend({
    changed: z
      .array(user)
      .describe(
        `Users whose name, colour, image, status, \`away\` or \`dndUntil\` has changed, as they are now: at most ${limits.presenceNames}, and none above ` +
          `${limits.presenceNamesMaxOnline} online. Missing without one.`,
      )
      .optional(),
  }),
  'lobby:changed': z.object({
    opened: z.array(room).describe('Public rooms that are new in the list, at most 100 an event.'),
    changed: z.array(room).describe('Rooms of the list as they are now, at most 100 an event.'),
    closed: z.array(z.uuid()).describe('Ids of rooms that are no longer in the list, at most 100 an event.'),
  }),
  'lobby:reset': z.object({}).describe('No fields: list the rooms again.'),
  'notification:created': z.object({
    notification: notification.describe('The new notification.'),
    unread: unreadNotifications,
    mentions: mentionsByRoom,
  }),
  'notification:read': z.object({
    ids: z
      .array(z.uuid())
      .describe('Ids of the notifications that were read, on any device, the calling one included.'),
    unread: unreadNotifications,
    mentions: mentionsByRoom,
  }),
  'session:may': z.object({
    may: z.array(right).describe('What the user may do outside of rooms now: `may` of `session:start`.'),
  }),
  'session:ending': z.object({
    reason: z.enum(reasons).describe('Why the server closes this connection. Programs switch on this.'),
    reconnect: z.boolean().describe('Whether to come back with the credential at hand.'),
    afterMs: z
      .int()
      .describe(
        'About how long until the connection is closed, in milliseconds. With `reconnect`, come back after a random part of it.',
      ),
  }),
} as const;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEventPayload<Name extends ServerEventName> = z.infer<(typeof serverEvents)[Name]>;
/** Socket.IO's typed event map for what servers send. */
export type ServerToClientEvents = {[Name in ServerEventName]: (payload: ServerEventPayload<Name>) => void};

export type Acknowledgement<Result> = {ok: true; data: Result} | {ok: false; error: WireError};
