/** Who is in a room, and in which role. */
import {z} from 'zod';
import {afterPage, id, nextPage, object, pageLimit, time, wireTime} from './fields.ts';
import {limits} from './limits.ts';
import {actReason} from './reasons.ts';
import {role, roomId, roomMembers} from './rooms.ts';
import {user} from './users.ts';

export const member = z
  .object({
    user: user.describe('Who it is.'),
    role: role.describe('What the member may do.'),
    online: z.boolean().describe('Whether the member is in the room now, on any node.'),
    mutedUntil: wireTime('Until when the member may not write. Missing where they may.').optional(),
    banned: z.boolean().describe('True: the user is banned, and no member. Otherwise missing.').optional(),
  })
  .describe('A user in a room.');
export type Member = z.infer<typeof member>;

export const listMembersInput = object({
  roomId,
  online: z
    .boolean()
    .describe(
      'With true, only who is in the room now; with false, only who is not. All members unless given.',
    )
    .optional(),
  after: afterPage,
  limit: pageLimit,
});
export const addMemberInput = object({
  roomId,
  userId: id.describe('Id of the user to add.'),
  role: role
    .exclude(['owner'])
    .describe(
      'The role that the user gets, also one who is a member already. Without it a new member is `member`, and nobody else ' +
        'changes. Only the owner and services give another role than the user has.',
    )
    .optional(),
  reason: actReason,
});
export const putMembersInput = object({
  roomId,
  members: roomMembers.describe(
    `Users to add, 1 to ${limits.membersPerCall.toLocaleString('en')}; of who is a member already, the role is set where one is given.`,
  ),
});
export const updateMemberInput = object({
  roomId,
  userId: id.describe('Id of the member.'),
  role: role
    .describe(
      "The new role, the owner's to give. `owner` hands the room over and makes its giver a moderator.",
    )
    .optional(),
  mutedUntil: time
    .nullable()
    .describe(
      'Until when the member may not write: RFC 3339 with seconds, and `Z` or an offset; years 1 to 9999. null lifts the mute.',
    )
    .optional(),
  banned: z
    .boolean()
    .describe(
      'True ends the membership and keeps the user out, false lets them join again. Also for somebody who is out.',
    )
    .optional(),
  reason: actReason,
});
export const removeMemberInput = object({
  roomId,
  userId: id.describe('Id of the member to remove.'),
  reason: actReason,
});

export const listMembersResult = z.object({
  members: z
    .array(member)
    .describe(
      'Members, and who is banned, in the order in which they became users. With the filter `online` a page may be short or empty and still have a `next`.',
    ),
  next: nextPage,
  online: z.int().describe('How many users are in the room now, over all nodes.'),
});
export const memberResult = z.object({member: member.describe('The member as it is now.')});
export const putMembersResult = z.object({
  joined: z.array(z.uuid()).describe('Ids of the users who have become members by this call.'),
  refused: z
    .array(
      z.object({
        userId: z
          .string()
          .describe('Id of the user; of one that the tenant does not have, `user` as it was given.'),
        code: z
          .string()
          .describe(
            'Why: `not_found`, `banned`, `room_full`, `conflict` for the owner, who gets no other role, or `forbidden` for one who ' +
              'is in as many rooms as one may.',
          ),
      }),
    )
    .describe('Who stays out, or keeps their role. The others are members.'),
});
/** A ban ends the membership, so it answers with the rev of its end, too. */
export const updateMemberResult = z.object({
  member: member.describe(
    'The member as it is now; of somebody who is no member any more, how they would be shown.',
  ),
  leftAt: z
    .int()
    .describe('The rev at which a ban ended the membership. Missing where nothing ended.')
    .optional(),
});

export type ListMembersInput = z.output<typeof listMembersInput>;
export type AddMemberInput = z.output<typeof addMemberInput>;
export type PutMembersInput = z.output<typeof putMembersInput>;
export type PutMembersResult = z.infer<typeof putMembersResult>;
export type UpdateMemberInput = z.output<typeof updateMemberInput>;
export type RemoveMemberInput = z.output<typeof removeMemberInput>;
export type ListMembersResult = z.infer<typeof listMembersResult>;
export type MemberResult = z.infer<typeof memberResult>;
export type UpdateMemberResult = z.infer<typeof updateMemberResult>;
