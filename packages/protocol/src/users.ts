import {z} from 'zod';
import {
  color,
  displayName,
  givenPassword,
  givenUsername,
  id,
  newPassword,
  object,
  opaque,
  pageLimit,
  productName,
  text,
  username,
} from './fields.ts';
import {limits} from './limits.ts';

export const userKind = z.enum(['account', 'guest', 'service']);

export const user = z.object({
  id: z.uuid(),
  kind: userKind,
  name: z.string(),
  displayName: z.string().optional(),
  color: z.string(),
  avatarId: z.uuid().optional(),
  online: z.boolean().optional(),
});
export type User = z.infer<typeof user>;

export const userResult = z.object({user});
export type UserResult = z.infer<typeof userResult>;

export const registerInput = object({username, password: newPassword, displayName: displayName.optional()});
export const loginInput = object({username: givenUsername, password: givenPassword});
export const guestInput = object({displayName: displayName.optional()});
export const logoutInput = object({everywhere: z.boolean().optional()});
export const updateUserInput = object({
  displayName: displayName.optional(),
  color: color.optional(),
  avatarId: id.optional(),
  password: object({current: givenPassword, next: newPassword}).optional(),
});
export const deleteUserInput = object({password: givenPassword.optional()});
/** A product's own id of its user, and how the user is shown. What is left out stays as it is. */
export const putUserInput = object({
  externalId: text(1, limits.externalIdChars),
  name: productName,
  displayName: productName.optional(),
  color: color.optional(),
});
export const createTicketInput = object({userId: id});
export const ticketResult = z.object({ticket: z.string()});
/** With `token` the answer has a session token, for apps without cookies, and sets no cookie. */
export const redeemTicketInput = object({ticket: opaque, token: z.boolean().optional()});
export const redeemTicketResult = z.object({user, token: z.string().optional()});
export const listUsersInput = object({
  online: z.boolean().optional(),
  query: text(1, limits.displayNameChars).optional(),
  after: opaque.optional(),
  limit: pageLimit,
});
/** Each name leads to `/auth/<name>`. */
export const providersResult = z.object({providers: z.array(z.string())});
export type ProvidersResult = z.infer<typeof providersResult>;
export const listUsersResult = z.object({users: z.array(user), next: z.string().optional()});

export type RegisterInput = z.output<typeof registerInput>;
export type LoginInput = z.output<typeof loginInput>;
export type GuestInput = z.output<typeof guestInput>;
export type LogoutInput = z.output<typeof logoutInput>;
export type UpdateUserInput = z.output<typeof updateUserInput>;
export type DeleteUserInput = z.output<typeof deleteUserInput>;
export type PutUserInput = z.output<typeof putUserInput>;
export type CreateTicketInput = z.output<typeof createTicketInput>;
export type TicketResult = z.infer<typeof ticketResult>;
export type RedeemTicketInput = z.output<typeof redeemTicketInput>;
export type RedeemTicketResult = z.infer<typeof redeemTicketResult>;
export type ListUsersInput = z.output<typeof listUsersInput>;
export type ListUsersResult = z.infer<typeof listUsersResult>;
