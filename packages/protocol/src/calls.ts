import type {z} from 'zod';
import * as audit from './audit.ts';
import * as files from './files.ts';
import * as invites from './invites.ts';
import * as log from './log.ts';
import * as members from './members.ts';
import * as messages from './messages.ts';
import * as notifications from './notifications.ts';
import * as presence from './presence.ts';
import * as reactions from './reactions.ts';
import * as reports from './reports.ts';
import * as rooms from './rooms.ts';
import * as search from './search.ts';
import * as threads from './threads.ts';
import * as tenant from './tenant.ts';
import * as users from './users.ts';
import type {Acknowledgement} from './events.ts';

/**
 * The socket operations: event name -> schemas of input and result. HTTP forms of the same operations share them.
 * The gateway's table adds policy, limit and handler to each row.
 */
export const calls = {
  'session:start': {input: log.startSessionInput, result: log.startSessionResult},
  'session:refresh': {input: users.refreshSessionInput, result: users.refreshSessionResult},
  'user:update': {input: users.updateUserInput, result: users.userResult},
  'user:list': {input: users.listUsersInput, result: users.listUsersResult},
  'user:get': {input: users.getUsersInput, result: users.getUsersResult},
  'user:block': {input: users.blockUserInput, result: presence.emptyResult},
  'presence:set': {input: presence.setPresenceInput, result: presence.emptyResult},
  'presence:watch': {input: presence.emptyInput, result: presence.watchPresenceResult},
  'presence:unwatch': {input: presence.emptyInput, result: presence.emptyResult},
  'room:list': {input: rooms.listRoomsInput, result: rooms.listRoomsResult},
  'room:create': {input: rooms.createRoomInput, result: rooms.roomState},
  'room:get': {input: rooms.roomIdInput, result: rooms.roomResult},
  'room:update': {input: rooms.updateRoomInput, result: rooms.roomResult},
  'room:truncate': {input: rooms.truncateRoomInput, result: rooms.roomResult},
  'room:close': {input: rooms.roomIdInput, result: rooms.roomResult},
  'room:join': {input: rooms.joinRoomInput, result: rooms.roomState},
  'direct:open': {input: rooms.openDirectInput, result: rooms.roomState},
  'room:leave': {input: rooms.roomIdInput, result: rooms.leaveRoomResult},
  'room:members': {input: members.listMembersInput, result: members.listMembersResult},
  'room:prefs': {input: rooms.setPrefsInput, result: rooms.setPrefsResult},
  'room:sync': {input: log.syncRoomInput, result: log.frame},
  'member:add': {input: members.addMemberInput, result: members.memberResult},
  'member:update': {input: members.updateMemberInput, result: members.updateMemberResult},
  'member:remove': {input: members.removeMemberInput, result: rooms.leaveRoomResult},
  'invite:create': {input: invites.createInviteInput, result: invites.createInviteResult},
  'invite:list': {input: invites.listInvitesInput, result: invites.listInvitesResult},
  'invite:revoke': {input: invites.revokeInviteInput, result: presence.emptyResult},
  'message:list': {input: messages.listMessagesInput, result: messages.listMessagesResult},
  'message:search': {input: search.searchMessagesInput, result: search.searchMessagesResult},
  'message:send': {input: messages.sendMessageInput, result: messages.sendMessageResult},
  'message:edit': {input: messages.editMessageInput, result: messages.changeMessageResult},
  'message:delete': {input: messages.deleteMessageInput, result: messages.changeMessageResult},
  'message:pin': {input: messages.pinMessageInput, result: messages.pinMessageResult},
  'reaction:set': {input: reactions.setReactionInput, result: reactions.setReactionResult},
  'reaction:list': {input: reactions.listReactionsInput, result: reactions.listReactionsResult},
  'thread:list': {input: threads.listThreadsInput, result: threads.listThreadsResult},
  'thread:follow': {input: threads.followThreadInput, result: presence.emptyResult},
  'report:create': {input: reports.createReportInput, result: reports.createReportResult},
  'report:list': {input: reports.listReportsInput, result: reports.listReportsResult},
  'report:decide': {input: reports.decideReportInput, result: reports.decideReportResult},
  'audit:list': {input: audit.listAuditInput, result: audit.listAuditResult},
  'tenant:get': {input: presence.emptyInput, result: tenant.tenantResult},
  'tenant:update': {input: tenant.updateTenantInput, result: tenant.tenantResult},
  'file:sign': {input: files.signFilesInput, result: files.signFilesResult},
  'typing:set': {input: presence.setTypingInput, result: presence.emptyResult},
  'read:mark': {input: presence.markReadInput, result: presence.markReadResult},
  'notification:list': {
    input: notifications.listNotificationsInput,
    result: notifications.listNotificationsResult,
  },
  'notification:read': {
    input: notifications.readNotificationsInput,
    result: notifications.readNotificationsResult,
  },
  'lobby:watch': {input: presence.emptyInput, result: presence.emptyResult},
  'lobby:unwatch': {input: presence.emptyInput, result: presence.emptyResult},
} as const;

export type CallName = keyof typeof calls;
/** What a caller passes: defaults may be left out. */
export type CallInput<Name extends CallName> = z.input<(typeof calls)[Name]['input']>;
/** What a handler receives: parsed, with defaults filled in. */
export type ParsedCallInput<Name extends CallName> = z.output<(typeof calls)[Name]['input']>;
export type CallResult<Name extends CallName> = z.output<(typeof calls)[Name]['result']>;
/** Socket.IO's typed event map for what clients send. */
export type ClientToServerEvents = {
  [Name in CallName]: (
    input: CallInput<Name>,
    acknowledge: (answer: Acknowledgement<CallResult<Name>>) => void,
  ) => void;
};
