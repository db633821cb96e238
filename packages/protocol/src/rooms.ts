import {z} from 'zod';
import {
  afterPage,
  id,
  list,
  name,
  newRoomPassword,
  nextPage,
  object,
  pageLimit,
  rev,
  roomPassword,
  shownText,
  text,
  wireTime,
} from './fields.ts';
import {limits} from './limits.ts';
import {mentions, unread} from './presence.ts';
import {maxDataDepth, productData, storedData} from './product-data.ts';
import {userRef} from './user-refs.ts';
import {grant} from './policy.ts';
import {user} from './users.ts';

export const visibility = z
  .enum(['public', 'private'])
  .describe('`public`: listed, and everybody in the tenant may join. `private`: members are added.');
export const role = z
  .enum(['owner', 'moderator', 'member'])
  .describe(
    'What a member may do. Each room but a direct one has one `owner`; `moderator` manages members and messages.',
  );
export type Role = z.infer<typeof role>;

export const room = z
  .object({
    id: z.uuid().describe('Id of the room.'),
    kind: z
      .enum(['room', 'direct'])
      .describe('`direct`: a conversation of exactly two users. `room`: any other.'),
    title: z.string().describe('What the room is called. Empty for a direct room.'),
    visibility: visibility.describe(
      '`public`: listed, and everybody in the tenant may join. `private`: members are added.',
    ),
    type: z
      .string()
      .describe("Which of the policy's types of rooms it was made with, such as `room` or `direct`.")
      .optional(),
    overseen: z
      .literal(true)
      .describe(
        'True: the product may read along, which it says to everybody in the room. Otherwise missing.',
      )
      .optional(),
    locked: z.boolean().describe('Whether joining takes a password.'),
    capacity: z
      .int()
      .describe('The most members that the room may have. Missing where it has no such bound.')
      .optional(),
    ephemeral: z
      .boolean()
      .describe(
        'Whether a membership ends once the member has had no connection for some seconds (5 unless configured). An ' +
          'empty room is then closed.',
      ),
    isDefault: z
      .literal(true)
      .describe("True: the tenant's accounts are in it from registration on. Otherwise missing.")
      .optional(),
    owner: user.describe('Who owns the room; of a direct room, who opened it.'),
    users: z.array(user).describe('Both users of a direct room. Missing for any other.').optional(),
    rev: z
      .int()
      .describe(
        'The rev of the last change of the room itself, such as its title; 0 where it never changed.',
      ),
    memberCount: z
      .int()
      .describe('How many members it has. Missing in entries of a log, since it changes without one.')
      .optional(),
    online: z
      .int()
      .describe(
        'How many users are in it now, over all nodes. Only answers that list or show rooms fill it in.',
      )
      .optional(),
    externalId: z
      .string()
      .describe(
        "The product's own id of the room. Only answers of `room:list`, `room:get`, `room:create`, `room:update`, " +
          '`room:truncate` and `room:close` to services, events and exports have it.',
      )
      .optional(),
    data: storedData
      .describe(
        "The product's own JSON object, as it was given: show texts in it as text, never as HTML. Missing without one.",
      )
      .optional(),
    topic: z.string().describe('What the room is about. Missing without one.').optional(),
    slowSeconds: z
      .int()
      .describe('Slow mode: how many seconds a plain member waits between two messages. Otherwise missing.')
      .optional(),
    createdAt: wireTime('When it was made.'),
    archivedAt: wireTime(
      'When it was archived: since then it can be read, and nothing else. Otherwise missing.',
    ).optional(),
    firstSeq: z
      .int()
      .describe('Messages with a lower `seq` are gone: drop those that you hold. Missing where none are.')
      .optional(),
    closedAt: wireTime('When it was closed, for good. Missing while it is open.').optional(),
  })
  .describe('A conversation, as everybody who may see it sees it.');
export type Room = z.infer<typeof room>;

export const membership = z
  .object({
    role: role.describe('What you may do in the room.'),
    joinedAt: z.int().describe('The first rev that you hear: changes from it on are for you.'),
    readSeq: z.int().describe('Up to which `seq` you have read.'),
    mutedUntil: wireTime('Until when you may not write. Missing where you may.').optional(),
    may: z
      .array(grant)
      .describe('What the policy of the tenant grants you in the room; a mute or ban comes on top.')
      .optional(),
  })
  .describe('What you are in a room.');

export const level = z
  .enum(['all', 'mentions', 'none'])
  .describe(
    'What makes a notice: every message, mentions alone, or nothing. Unless set, `all` in direct rooms and `mentions` in others.',
  );
export const roomPrefs = z
  .object({
    level,
    section: z
      .string()
      .describe("The section of the user's list that it is in. Missing without one.")
      .optional(),
    hidden: z.boolean().describe('Whether the list leaves it out until something new is in it.'),
    request: z
      .boolean()
      .describe(
        'Whether it is a direct room that a stranger opened and that the user has not accepted: no notices until then.',
      ),
  })
  .describe('How a user wants a room.');
export type RoomPrefs = z.infer<typeof roomPrefs>;

export const roomState = z
  .object({
    room: room.describe('The room, with `memberCount`.'),
    membership: membership.describe('What you are in it.'),
    epoch: z.string().describe('Identity of its log: half of your cursor.'),
    head: z.int().describe('The newest rev of its log: the other half.'),
    unread,
    mentions: mentions.optional(),
    prefs: roomPrefs.describe('How you want it.').optional(),
    online: z.int().describe('How many users are in it now, over all nodes.'),
  })
  .describe(
    'A room that you are in, and where its log is. A connection hears the room from the answer that has this on.',
  );
export type RoomState = z.infer<typeof roomState>;

const roomPasswordRule = `${limits.roomPasswordMinChars} to ${limits.passwordChars} characters`;
const title = name(1, limits.titleChars).describe(
  `What the room is called: 1 to ${limits.titleChars} characters, composed (NFC) and trimmed; nothing invisible.`,
);
const capacity = z
  .int()
  .min(limits.capacityMin)
  .max(limits.capacityMax)
  .describe('The most members that the room may have, 2 to 100,000. No bound unless given.');
const ephemeral = z
  .boolean()
  .describe(
    'Whether memberships end with the last connection of the member, and the room with the last membership.',
  );
export const roomId = id.describe('Id of the room.');
export const externalId = text(1, limits.externalIdChars).describe(
  "The product's own id of the room, 1 to 128 characters.",
);
/** Users, each with the role that they get. */
export const roomMembers = list(
  object({
    user: userRef,
    role: role
      .exclude(['owner'])
      .describe('The role that the user gets. Without it a new member is `member`, and nobody else changes.')
      .optional(),
  }),
  1,
  limits.membersPerCall,
);
const roomData = productData(limits.dataBytes).describe(
  `Any JSON object of at most ${limits.dataBytes} bytes as JSON and ${maxDataDepth} levels, for everybody who may see the ` +
    'room. It takes the place of the one that is stored, as a whole.',
);

export const roomIdInput = object({roomId}).describe('Names one room.');
export const listRoomsInput = object({
  query: text(1, limits.titleChars)
    .describe(
      'Looked for anywhere in the title; case, width and accents do not matter. At least two letters, or one character ' +
        'of a script such as Hangul or Han, or one emoji.',
    )
    .optional(),
  all: z
    .boolean()
    .describe(
      'With true, all rooms of the tenant instead: private, direct, archived and closed ones, too. For services, and what follows with it.',
    )
    .optional(),
  type: text(1, 32).describe("Only rooms of this one of the policy's types.").optional(),
  member: userRef.describe('Only rooms that this user is in.').optional(),
  externalIds: list(externalId, 1, limits.idsPerCall)
    .describe(`Only the rooms that the product knows by these ids, 1 to ${limits.idsPerCall}.`)
    .optional(),
  archived: z
    .boolean()
    .describe('With true, only archived rooms; with false, only others. Both unless given.')
    .optional(),
  closed: z
    .boolean()
    .describe('With true, only closed rooms; with false, only open ones. Both unless given.')
    .optional(),
  after: afterPage,
  limit: pageLimit,
})
  .refine(
    ({all, query}) => all !== true || query === undefined,
    'query looks among open public rooms, so it does not go with all',
  )
  .refine(
    ({all, type, member, externalIds, archived, closed}) =>
      all === true || [type, member, externalIds, archived, closed].every((filter) => filter === undefined),
    'type, member, externalIds, archived and closed go with all',
  );
export const createRoomInput = object({
  title,
  type: text(1, 32)
    .describe("One of the policy's types of rooms, whose rules it is made with. `room` unless given.")
    .optional(),
  visibility: visibility
    .describe(
      '`public`: listed, and everybody in the tenant may join. `private`: members are added. Unless given, what the type ' +
        'prescribes, else `public`.',
    )
    .optional(),
  password: newRoomPassword
    .describe(`Asked of everybody who joins: ${roomPasswordRule}. None unless given.`)
    .optional(),
  capacity: capacity.optional(),
  ephemeral: ephemeral
    .describe(
      'Whether memberships end with the last connection of the member, and the room with the last membership. True for ' +
        'guests and false for everybody else unless given.',
    )
    .optional(),
  clientId: id
    .describe(
      'A UUID that the client chooses. Send again with the same one when no answer came: it gets the same room.',
    )
    .optional(),
  externalId: externalId
    .describe(
      "The product's own id of the room, 1 to 128 characters. The same one gets the same room, whatever else the call says. Services only.",
    )
    .optional(),
  data: roomData.optional(),
  archived: z
    .boolean()
    .describe('With true, the room is archived from the start, for an import. Services only.')
    .optional(),
  members: roomMembers
    .describe(
      `Up to ${limits.membersPerCall.toLocaleString('en')} further members from the start; by who is unknown the call is refused. Services only.`,
    )
    .optional(),
});
export const updateRoomInput = object({
  roomId,
  title: title.optional(),
  topic: shownText(1, limits.topicChars)
    .nullable()
    .describe(
      `What the room is about: 1 to ${limits.topicChars} characters, some of which can be seen. null removes it.`,
    )
    .optional(),
  slowSeconds: z
    .int()
    .min(0)
    .max(limits.slowSeconds)
    .nullable()
    .describe(
      `Slow mode: how many seconds a plain member waits between two messages, up to ${limits.slowSeconds.toLocaleString('en')}. ` +
        'Moderators and services do not wait. null or 0 ends it.',
    )
    .optional(),
  visibility: visibility.describe('Whether the room is listed and open to everybody from now on.').optional(),
  password: newRoomPassword
    .nullable()
    .describe(
      `Asked of everybody who joins from now on: ${roomPasswordRule}. null: joining takes none any more.`,
    )
    .optional(),
  capacity: capacity
    .describe('The most members that the room may have, 2 to 100,000; not below the number it has.')
    .optional(),
  ephemeral: ephemeral.optional(),
  data: roomData.nullable().describe(`${roomData.description} null removes it.`).optional(),
  archived: z
    .boolean()
    .describe(
      'True: from now on the room can be read, and all else is `forbidden` with `details.archived`. False: it goes on. ' +
        'Services only.',
    )
    .optional(),
});
export const truncateRoomInput = object({
  roomId,
  before: rev
    .min(1)
    .describe(
      'Messages with a lower `seq` than this go, which then is `firstSeq`. All there are unless given.',
    )
    .optional(),
});
export const setPrefsInput = object({
  roomId,
  level: level.nullable().describe(`${level.description} null: as if it was never set.`).optional(),
  section: text(1, limits.sectionChars)
    .nullable()
    .describe(
      `The section of the user's list that the room is in, 1 to ${limits.sectionChars} characters. null: none.`,
    )
    .optional(),
  hidden: z
    .boolean()
    .describe('Whether the list leaves the room out until something new is in it.')
    .optional(),
  request: z.literal(false).describe("False accepts a stranger's request.").optional(),
});
export const joinRoomInput = object({
  roomId,
  password: roomPassword
    .describe('The password of a `locked` room. Members are never asked for it.')
    .optional(),
});
export const openDirectInput = object({userId: id.describe('Id of the other user.')});

export const listRoomsResult = z.object({
  rooms: z.array(room).describe('Open public rooms, or with `all` the rooms of the tenant; newest first.'),
  next: nextPage,
});
export const roomResult = z.object({room: room.describe('The room as it is now.')}).describe('One room.');
export const setPrefsResult = z.object({prefs: roomPrefs.describe('How the user wants the room now.')});
export const leaveRoomResult = z
  .object({
    leftAt: z
      .int()
      .describe(
        'The rev at which the membership ended: changes from it on are not for this user. A repeat gets the same.',
      ),
  })
  .describe('Where a membership ended.');
export type RoomIdInput = z.output<typeof roomIdInput>;
export type ListRoomsInput = z.output<typeof listRoomsInput>;
export type CreateRoomInput = z.output<typeof createRoomInput>;
export type UpdateRoomInput = z.output<typeof updateRoomInput>;
export type TruncateRoomInput = z.output<typeof truncateRoomInput>;
export type SetPrefsInput = z.output<typeof setPrefsInput>;
export type SetPrefsResult = z.infer<typeof setPrefsResult>;
export type JoinRoomInput = z.output<typeof joinRoomInput>;
export type OpenDirectInput = z.output<typeof openDirectInput>;
export type ListRoomsResult = z.infer<typeof listRoomsResult>;
export type RoomResult = z.infer<typeof roomResult>;
export type LeaveRoomResult = z.infer<typeof leaveRoomResult>;
