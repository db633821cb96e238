/** Links into one room. */
import {z} from 'zod';
import {id, object, text, wireTime} from './fields.ts';
import {limits} from './limits.ts';
import {roomId} from './rooms.ts';
import {user} from './users.ts';

export const invite = z
  .object({
    id: z.uuid().describe('Id of the invite.'),
    createdBy: user.describe('Who made it.'),
    createdAt: wireTime('When it was made.'),
    expiresAt: wireTime('When it ends.'),
    usesLeft: z
      .int()
      .describe('How many more may become members by it. Missing where it has no such bound.')
      .optional(),
  })
  .describe('A link into a room. Its token is told to its maker alone, and once.');
export type Invite = z.infer<typeof invite>;

export const createInviteInput = object({
  roomId,
  expiresInS: z
    .int()
    .min(60)
    .max(limits.inviteSeconds)
    .describe('For how many seconds it is good: 60 to 2,592,000, which is 30 days.'),
  uses: z
    .int()
    .min(1)
    .max(limits.inviteUses)
    .describe(`How many may become members by it, 1 to ${limits.inviteUses}. No bound unless given.`)
    .optional(),
});
export const createInviteResult = z.object({
  url: z
    .string()
    .describe(
      'The link, as a path on the cluster that ends with the token: `/invites/mdi_…`. It is in no other answer.',
    ),
  invite: invite.describe('The invite.'),
});
export const listInvitesInput = object({roomId});
export const listInvitesResult = z.object({
  invites: z
    .array(invite)
    .describe(`The invites of the room that are good, newest first: at most ${limits.invitesPerRoom}.`),
});
export const revokeInviteInput = object({roomId, id: id.describe('Id of the invite.')});
export const inviteTokenInput = object({
  token: text(1, 100).describe('The token of the link: what its path ends with.'),
}).describe('Names one link into a room.');
export const readInviteResult = z.object({
  title: z.string().describe('What the room is called.'),
  memberCount: z.int().describe('How many members it has.'),
  createdBy: user.describe('Who made the link. Missing from gateways of the previous release.').optional(),
});

export type CreateInviteInput = z.output<typeof createInviteInput>;
export type CreateInviteResult = z.infer<typeof createInviteResult>;
export type ListInvitesInput = z.output<typeof listInvitesInput>;
export type ListInvitesResult = z.infer<typeof listInvitesResult>;
export type RevokeInviteInput = z.output<typeof revokeInviteInput>;
export type InviteTokenInput = z.output<typeof inviteTokenInput>;
export type ReadInviteResult = z.infer<typeof readInviteResult>;
