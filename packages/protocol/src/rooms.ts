import {z} from 'zod';
import {id, name, newRoomPassword, object, opaque, pageLimit, roomPassword, text, time} from './fields.ts';
import {limits} from './limits.ts';
import {user} from './users.ts';

export const visibility = z.enum(['public', 'private']);
export const role = z.enum(['owner', 'moderator', 'member']);
export type Role = z.infer<typeof role>;

export const room = z.object({
  id: z.uuid(),
  kind: z.enum(['room', 'direct']),
  title: z.string(),
  visibility,
  locked: z.boolean(),
  capacity: z.int().optional(),
  ephemeral: z.boolean(),
  /** The tenant's accounts are in it from registration on. */
  isDefault: z.literal(true).optional(),
  owner: user,
  /** Both users of a direct room, whose title is empty. */
  users: z.array(user).optional(),
  rev: z.int(),
  memberCount: z.int().optional(),
  online: z.int().optional(),
  createdAt: z.string(),
  closedAt: z.string().optional(),
});
export type Room = z.infer<typeof room>;

export const roomState = z.object({
  room,
  membership: z.object({role, joinedAt: z.int(), readSeq: z.int(), mutedUntil: z.string().optional()}),
  epoch: z.string(),
  head: z.int(),
  unread: z.int(),
  online: z.int(),
});
export type RoomState = z.infer<typeof roomState>;

export const member = z.object({
  user,
  role,
  online: z.boolean(),
  mutedUntil: z.string().optional(),
  banned: z.boolean().optional(),
});
export type Member = z.infer<typeof member>;

const title = name(1, limits.titleChars);
const capacity = z.int().min(limits.capacityMin).max(limits.capacityMax);

export const roomIdInput = object({roomId: id});
export const listRoomsInput = object({
  query: text(1, limits.titleChars).optional(),
  after: opaque.optional(),
  limit: pageLimit,
});
export const createRoomInput = object({
  title,
  visibility: visibility.default('public'),
  password: newRoomPassword.optional(),
  capacity: capacity.optional(),
  ephemeral: z.boolean().optional(),
  clientId: id.optional(),
});
export const updateRoomInput = object({
  roomId: id,
  title: title.optional(),
  visibility: visibility.optional(),
  password: newRoomPassword.nullable().optional(),
  capacity: capacity.optional(),
  ephemeral: z.boolean().optional(),
});
export const joinRoomInput = object({roomId: id, password: roomPassword.optional()});
export const listMembersInput = object({
  roomId: id,
  online: z.boolean().optional(),
  after: opaque.optional(),
  limit: pageLimit,
});
export const addMemberInput = object({roomId: id, userId: id, role: role.exclude(['owner']).optional()});
export const updateMemberInput = object({
  roomId: id,
  userId: id,
  role: role.optional(),
  mutedUntil: time.nullable().optional(),
  banned: z.boolean().optional(),
});
export const removeMemberInput = object({roomId: id, userId: id});
export const openDirectInput = object({userId: id});

export const listRoomsResult = z.object({rooms: z.array(room), next: z.string().optional()});
export const roomResult = z.object({room});
export const leaveRoomResult = z.object({leftAt: z.int()});
export const listMembersResult = z.object({
  members: z.array(member),
  next: z.string().optional(),
  online: z.int(),
});
export const memberResult = z.object({member});
/** A ban ends the membership, so it answers with the rev of its end, too. */
export const updateMemberResult = z.object({member, leftAt: z.int().optional()});

export type RoomIdInput = z.output<typeof roomIdInput>;
export type ListRoomsInput = z.output<typeof listRoomsInput>;
export type CreateRoomInput = z.output<typeof createRoomInput>;
export type UpdateRoomInput = z.output<typeof updateRoomInput>;
export type JoinRoomInput = z.output<typeof joinRoomInput>;
export type ListMembersInput = z.output<typeof listMembersInput>;
export type AddMemberInput = z.output<typeof addMemberInput>;
export type UpdateMemberInput = z.output<typeof updateMemberInput>;
export type RemoveMemberInput = z.output<typeof removeMemberInput>;
export type OpenDirectInput = z.output<typeof openDirectInput>;
export type ListRoomsResult = z.infer<typeof listRoomsResult>;
export type RoomResult = z.infer<typeof roomResult>;
export type LeaveRoomResult = z.infer<typeof leaveRoomResult>;
export type ListMembersResult = z.infer<typeof listMembersResult>;
export type MemberResult = z.infer<typeof memberResult>;
export type UpdateMemberResult = z.infer<typeof updateMemberResult>;
