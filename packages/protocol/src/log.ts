import {z} from 'zod';
import {epoch, id, object, pageLimit, rev, text, uuidChars} from './fields.ts';
import {limits} from './limits.ts';
import {message} from './messages.ts';
import {room, roomState} from './rooms.ts';
import {user} from './users.ts';

export const leaveReason = z.enum(['left', 'removed', 'banned', 'closed']);
export type LeaveReason = z.infer<typeof leaveReason>;

/** One change of a room. A rev of the covered range without an entry was superseded by a later one. */
export const entry = z.object({
  rev: z.int(),
  type: z.enum(['message', 'edit', 'delete', 'room', 'left']),
  message: message.optional(),
  room: room.optional(),
  user: user.optional(),
  reason: leaveReason.optional(),
});
export type Entry = z.infer<typeof entry>;

/** The changes of a room that take a reader from rev `after` to rev `head`, in rev order. */
export const frame = z.object({
  roomId: z.uuid(),
  epoch: z.string(),
  after: z.int(),
  head: z.int(),
  entries: z.array(entry),
  more: z.boolean().optional(),
  reset: z.boolean().optional(),
});
export type Frame = z.infer<typeof frame>;

export const syncRoomInput = object({roomId: id, epoch: epoch.optional(), after: rev, limit: pageLimit});
export type SyncRoomInput = z.output<typeof syncRoomInput>;

const cursors = z.preprocess(refuseEarly, z.record(id, object({epoch, rev})));

/** Before any cursor is looked at: what are too many, and a key over which a record passes without a word. */
function refuseEarly(value: Record<string, Cursor>, {issues}: z.core.ParsePayload): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, '__proto__')) {
    issues.push({code: 'unrecognized_keys', keys: ['__proto__'], input: value});
  }
  const roomIds = Object.keys(value);
  if (roomIds.length > limits.cursors) {
    issues.push({code: 'custom', message: `at most ${limits.cursors} cursors`, input: value});
  } else if (roomIds.some((roomId) => roomId.length > uuidChars)) {
    issues.push({code: 'custom', message: 'a key is no id of a room', input: value});
  }
  return value;
}

export const startSessionInput = object({
  cursors: cursors.optional(),
  after: text(1, 200).optional(),
  limit: pageLimit,
});
export const startSessionResult = z.object({
  user,
  node: z.string(),
  rooms: z.array(roomState),
  frames: z.array(frame),
  ended: z.array(z.object({roomId: z.uuid(), leftAt: z.int(), reason: leaveReason})),
  next: z.string().optional(),
});
export type Cursor = {epoch: string; rev: number};
export type StartSessionInput = z.output<typeof startSessionInput>;
export type StartSessionResult = z.infer<typeof startSessionResult>;
