import {z} from 'zod';
import {annotations} from './annotations.ts';
import {epoch, id, nextPage, object, pageLimit, rev, text, uuidChars, wireTime} from './fields.ts';
import {limits} from './limits.ts';
import {message} from './messages.ts';
import {right} from './policy.ts';
import {room, roomState} from './rooms.ts';
import {user} from './users.ts';

const epochOf = 'Identity of the log. Another one is no continuation, as after a restore from a backup.';
/** Of every answer and event that ends a membership. */
export const leftAtOf = 'The rev at which the membership ended: changes from it on are not for this user.';

export const leaveReason = z
  .enum(['left', 'removed', 'banned', 'closed'])
  .describe(
    'Why a membership ended: the member left (or the account is gone), was removed, was banned, or the room was closed.',
  );
export type LeaveReason = z.infer<typeof leaveReason>;

/** One change of a room. A rev of the covered range without an entry was superseded by a later one. */
export const entry = z
  .object({
    rev: z.int().describe('Position of the change in the log.'),
    type: z
      .enum(['message', 'edit', 'delete', 'annotation', 'room', 'left'])
      .describe(
        'What changed. `message`, `edit` and `delete` have `message`; `annotation` has `seq` and `annotations`, and comes ' +
          'as an `edit` to who catches up; `room` has `room`; `left` has `user` and `reason`. ' +
          'Pass over types that you do not know.',
      ),
    message: message
      .describe('The message as it is now: put it in by `seq`, and keep the highest `rev`.')
      .optional(),
    seq: z.int().describe('Of an `annotation`: the `seq` of the message.').optional(),
    annotations: annotations
      .describe('What stands on that message now. Its text is as it was; `mine` is left out.')
      .optional(),
    room: room.describe('The room as it is now, without `memberCount` and `online`.').optional(),
    user: user.describe('Whose membership ended with this change.').optional(),
    reason: leaveReason.describe('Why that membership ended.').optional(),
  })
  .describe('One change of a room.');
export type Entry = z.infer<typeof entry>;

/** The changes of a room that take a reader from rev `after` to rev `head`, in rev order. */
export const frame = z
  .object({
    roomId: z.uuid().describe('Id of the room.'),
    epoch: z.string().describe(epochOf),
    after: z.int().describe('The frame takes a reader on from this rev.'),
    head: z.int().describe('The frame takes a reader up to this rev: the new cursor.'),
    entries: z
      .array(entry)
      .describe(
        'The changes above `after` up to `head`, in rev order. A rev without an entry was superseded by a later one.',
      ),
    more: z
      .boolean()
      .describe('True: the log goes on above `head`; ask again from there. Otherwise missing.')
      .optional(),
    reset: z
      .boolean()
      .describe(
        'True: the cursor is not on this log (another epoch, above its head, or from before you joined again). Drop the timeline, then apply ' +
          'the frame. Otherwise missing.',
      )
      .optional(),
  })
  .describe('The changes of a room that take a reader from rev `after` to rev `head`.');
export type Frame = z.infer<typeof frame>;

export const syncRoomInput = object({
  roomId: id.describe('Id of the room.'),
  epoch: epoch
    .describe('The epoch of your cursor. With another one than the log has, the answer is a reset.')
    .optional(),
  after: rev.describe('The rev of your cursor: changes above it are answered.'),
  limit: pageLimit,
});
export type SyncRoomInput = z.output<typeof syncRoomInput>;

const cursors = z
  .preprocess(
    refuseEarly,
    z.record(
      id,
      object({
        epoch: epoch.describe('The epoch of the log that you hold.'),
        rev: rev.describe('Up to which rev you hold it.'),
      }),
    ),
  )
  .describe(
    `What you hold of each room, by its id: at most ${limits.cursors} cursors a call. What you missed comes back as frames. Over a socket alone.`,
  );

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
  after: text(1, 200)
    .describe(
      'The `next` of the answer before this one: the next page of rooms. Leave it out for the first page.',
    )
    .optional(),
  limit: pageLimit,
});
export const endedRoom = z
  .object({
    roomId: z.uuid().describe('Id of the room.'),
    leftAt: z.int().describe(leftAtOf),
    reason: leaveReason.describe(
      'Why the membership ended. A room that is not known counts as `removed` at 0.',
    ),
  })
  .describe('A room of your cursors that you are no longer in.');
export const startSessionResult = z.object({
  user: user.describe('Who is signed in.'),
  blocked: z
    .array(z.uuid())
    .describe(
      `Ids of the users whom the user blocks, at most ${limits.blocks}. Missing where there are none.`,
    )
    .optional(),
  node: z.string().describe('Name of the gateway process that answered, for support.'),
  rooms: z
    .array(roomState)
    .describe(
      'Rooms of the user, those with the latest activity first. A connection hears them from this answer on.',
    ),
  frames: z
    .array(frame)
    .describe(
      'What you missed in rooms of your cursors, at most 256 KiB together. A room whose head is above your cursor and ' +
        'that has no frame here is fetched by `room:sync`. Always empty over HTTP.',
    ),
  ended: z
    .array(endedRoom)
    .describe('Rooms of your cursors that you are no longer in. Always empty over HTTP.'),
  expiresAt: wireTime(
    'Of who came by a JWT: when the token is over. A connection then ends, unless `session:refresh` was called before.',
  ).optional(),
  may: z
    .array(right)
    .describe(
      'What the policy lets you do outside of rooms, when this is answered. Pass over what you do not know. Missing from ' +
        'gateways of wire version 7, which refuse what is not allowed.',
    )
    .optional(),
  next: nextPage,
});
export type Cursor = {epoch: string; rev: number};
export type StartSessionInput = z.output<typeof startSessionInput>;
export type StartSessionResult = z.infer<typeof startSessionResult>;
