/** Events: what happened to a tenant, for its own servers. The same object is pulled, pushed and replayed. */
import {z} from 'zod';
import {list, object, wireTime} from './fields.ts';
import {limits} from './limits.ts';
import {member} from './members.ts';
import {message} from './messages.ts';
import {room} from './rooms.ts';
import {user} from './users.ts';

export const eventTypes = [
  'user.created',
  'user.updated',
  'user.deleted',
  'user.erased',
  'room.created',
  'room.updated',
  'room.closed',
  'member.added',
  'member.updated',
  'member.removed',
  'message.created',
  'message.updated',
  'message.deleted',
  'message.unseen',
  'policy.updated',
] as const;
export type EventType = (typeof eventTypes)[number];

export const eventType = z.enum(eventTypes).describe('A kind of event.');

export const position = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const eventData = z
  .object({
    user: user.describe('Of `user.*`: all of the user. Missing once the user was deleted.').optional(),
    userId: z.uuid().describe('Of `user.*`, `member.*` and `message.unseen`: whom it concerns.').optional(),
    counts: z
      .record(z.string(), z.int())
      .describe('Of `user.erased`: how much of what was erased.')
      .optional(),
    room: room.describe('Of `room.*`: the room.').optional(),
    member: member
      .describe('Of `member.*` in an overseen room: the member. Missing where there is none any more.')
      .optional(),
    reason: z
      .enum(['left', 'removed', 'banned'])
      .describe('Of `member.removed`: how the membership ended.')
      .optional(),
    message: message.describe('Of `message.*` in an overseen room: the message.').optional(),
    roomId: z.uuid().describe('Of `message.unseen`: the room.').optional(),
    seq: z
      .int()
      .describe('Of `message.*` in other rooms, and of `message.unseen`: where the message is.')
      .optional(),
    unread: z
      .int()
      .describe('Of `message.unseen`: how many messages the member has not read; 100 stands for more.')
      .optional(),
    version: z.int().describe('Of `policy.updated`: the version of the policy.').optional(),
  })
  .describe('What it is about, as it is now. Which fields there are depends on the type.');

export const event = z
  .object({
    id: z.string().describe('The same however often it is told, and nobody else’s.'),
    type: eventType.describe('What happened.'),
    version: z.literal(1).describe('Version of this form.'),
    timestamp: wireTime('When it happened.'),
    position: position.describe('Its place in the order of the tenant’s events.'),
    roomId: z.uuid().describe('The room that it happened in.').optional(),
    rev: z.int().describe('Where the room’s log was by then.').optional(),
    data: eventData,
  })
  .describe('Something that happened in a tenant.');
export type TenantEvent = z.infer<typeof event>;

export const readEventsInput = object({
  after: position
    .describe(
      '`next` of the call before, or the `position` of an event. The oldest event that is kept unless given.',
    )
    .optional(),
  types: list(eventType, 1, eventTypes.length).describe('Only these. All unless given.').optional(),
  limit: z
    .int()
    .min(1)
    .max(limits.eventsPerCall)
    .default(limits.defaultEvents)
    .describe('Most events of the answer.'),
  waitSeconds: z
    .int()
    .min(0)
    .max(limits.eventWaitSeconds)
    .default(0)
    .describe('How long to wait where there is nothing to tell yet, in seconds.'),
});
export const readEventsResult = z.object({
  events: z.array(event).describe('In the order of their positions.'),
  next: position.describe('Where the next call goes on: its `after`.'),
  more: z.literal(true).describe('There are more: call again at once.').optional(),
  reset: z
    .literal(true)
    .describe('Events between `after` and the first of these are no longer kept.')
    .optional(),
});
export type ReadEventsInput = z.output<typeof readEventsInput>;
export type ReadEventsResult = z.infer<typeof readEventsResult>;
