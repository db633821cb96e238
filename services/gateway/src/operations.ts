/** The operation table: what the cluster can do, for whom, how often, and over which transport. */
import type {z} from 'zod';
import {calls, type CallName} from '@madang/protocol/calls';
import {emptyInput, emptyResult} from '@madang/protocol/presence';
import * as notifications from '@madang/protocol/notifications';
import * as fileInputs from '@madang/protocol/files';
import * as userInputs from '@madang/protocol/users';
import {
  anyone,
  closer,
  directoryReader,
  leaver,
  manager,
  member,
  memberReader,
  moderator,
  owner,
  person,
  service,
  signedIn,
  unmutedMember,
  visitor,
} from './access.ts';
import type {Context, Handler} from './context.ts';
import {getFile} from './files/get-file.ts';
import {uploadFile} from './files/upload-file.ts';
import {deleteMessage} from './messages/delete-message.ts';
import {editMessage} from './messages/edit-message.ts';
import {listMessages} from './messages/list-messages.ts';
import {sendMessage} from './messages/send-message.ts';
import {createNotifications} from './notifications/create-notifications.ts';
import {listNotifications} from './notifications/list-notifications.ts';
import {readNotifications} from './notifications/read-notifications.ts';
import {setTyping} from './presence/set-typing.ts';
import {unwatchLobby} from './presence/unwatch-lobby.ts';
import {unwatchPresence} from './presence/unwatch-presence.ts';
import {watchLobby} from './presence/watch-lobby.ts';
import {watchPresence} from './presence/watch-presence.ts';
import {classes, type Limit, type OperationClass} from './rate-rules.ts';
import {markRead} from './receipts/mark-read.ts';
import {addMember} from './rooms/add-member.ts';
import {closeRoom} from './rooms/close-room.ts';
import {createRoom} from './rooms/create-room.ts';
import {getRoom} from './rooms/get-room.ts';
import {joinRoom} from './rooms/join-room.ts';
import {leaveRoom} from './rooms/leave-room.ts';
import {listMembers} from './rooms/list-members.ts';
import {listRooms} from './rooms/list-rooms.ts';
import {openDirect} from './rooms/open-direct.ts';
import {removeMember} from './rooms/remove-member.ts';
import {startSession} from './rooms/start-session.ts';
import {syncRoom} from './rooms/sync-room.ts';
import {updateMember} from './rooms/update-member.ts';
import {updateRoom} from './rooms/update-room.ts';
import {createGuest} from './users/create-guest.ts';
import {createTicket} from './users/create-ticket.ts';
import {deleteAccount} from './users/delete-account.ts';
import {listProviders} from './users/list-providers.ts';
import {listUsers} from './users/list-users.ts';
import {logIn} from './users/log-in.ts';
import {logOut} from './users/log-out.ts';
import {putUser} from './users/put-user.ts';
import {redeemTicket} from './users/redeem-ticket.ts';
import {registerAccount} from './users/register-account.ts';
import {updateUser} from './users/update-user.ts';

/** What is refused under overload: typing first, sends last. */
export type Shed = 'typing' | 'presence' | 'history' | 'join' | 'send' | 'never';

export type Route = {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** Below /api/v1; parameters have the names of input fields. */
  path: string;
  /** 200 unless given; 204 sends no body. */
  status?: 201 | 202 | 204;
  /** The input's `file` is an Upload, the one part of a multipart body; otherwise bodies are JSON. */
  takes?: 'file';
  /** The result is a ServedFile instead of JSON. */
  answers?: 'file';
};

export type Operation = {
  /** The socket event; none for what is HTTP only. */
  event?: string;
  input: z.ZodType;
  result: z.ZodType;
  /** Throws, or grants what the handler needs. */
  policy: (ctx: Context, input: never) => Context | Promise<Context>;
  class: OperationClass;
  /** Those of the class, and what the row adds. */
  limits: Limit[];
  shed: Shed;
  handle: Handler<never, never, unknown>;
  http?: Route;
};

type Row<C extends Context, Input, Output> = {
  policy: (ctx: Context, input: Input) => C | Promise<C>;
  /** How much a caller may do of it; rate-rules.ts has the numbers. */
  class: OperationClass;
  /** What limits this operation beside its class. */
  also?: Limit<Input>[];
  shed: Shed;
  handle: Handler<C, Input, Output>;
  http?: Route;
};

/** A row that sockets can call. */
function call<Name extends CallName, C extends Context>(
  event: Name,
  row: Row<C, z.output<(typeof calls)[Name]['input']>, z.output<(typeof calls)[Name]['result']>>,
): Operation {
  return limited({event, ...calls[event], ...row});
}

/** A row of HTTP alone. */
function route<I extends z.ZodType, O extends z.ZodType, C extends Context>(
  row: {input: I; result: O; http: Route} & Row<C, z.output<I>, z.output<O>>,
): Operation {
  return limited(row);
}

function limited<R extends {class: OperationClass; also?: unknown[]}>({also = [], ...row}: R): Operation {
  return {...row, limits: [...also, ...classes[row.class]]} as unknown as Operation;
}

const sendBytes: Limit<{text?: string}> = {
  rule: 'send-bytes',
  per: 'user',
  cost: ({text}) => Buffer.byteLength(text ?? ''),
};

export const operations: readonly Operation[] = [
  route({
    input: userInputs.registerInput,
    result: userInputs.userResult,
    policy: anyone,
    class: 'registration',
    shed: 'join',
    handle: registerAccount,
    http: {method: 'post', path: '/auth/register', status: 201},
  }),
  route({
    input: userInputs.loginInput,
    result: userInputs.userResult,
    policy: anyone,
    class: 'sign-in',
    shed: 'join',
    handle: logIn,
    http: {method: 'post', path: '/auth/login'},
  }),
  route({
    input: userInputs.guestInput,
    result: userInputs.userResult,
    policy: anyone,
    class: 'guest',
    shed: 'join',
    handle: createGuest,
    http: {method: 'post', path: '/auth/guest', status: 201},
  }),
  route({
    input: emptyInput,
    result: userInputs.providersResult,
    policy: anyone,
    class: 'read',
    shed: 'join',
    handle: listProviders,
    http: {method: 'get', path: '/auth/providers'},
  }),
  route({
    input: userInputs.redeemTicketInput,
    result: userInputs.redeemTicketResult,
    policy: anyone,
    class: 'sign-in',
    shed: 'join',
    handle: redeemTicket,
    http: {method: 'post', path: '/auth/ticket'},
  }),
  route({
    input: userInputs.createTicketInput,
    result: userInputs.ticketResult,
    policy: service,
    class: 'write',
    shed: 'join',
    handle: createTicket,
    http: {method: 'post', path: '/auth/tickets', status: 201},
  }),
  route({
    input: userInputs.putUserInput,
    result: userInputs.userResult,
    policy: service,
    class: 'write',
    shed: 'join',
    handle: putUser,
    http: {method: 'put', path: '/users/:externalId'},
  }),
  route({
    input: userInputs.logoutInput,
    result: emptyResult,
    policy: anyone,
    class: 'write',
    shed: 'never',
    handle: logOut,
    http: {method: 'post', path: '/auth/logout', status: 204},
  }),
  route({
    input: userInputs.deleteUserInput,
    result: emptyResult,
    policy: person,
    class: 'heavy',
    shed: 'never',
    handle: deleteAccount,
    http: {method: 'delete', path: '/me', status: 204},
  }),
  call('session:start', {
    policy: signedIn,
    class: 'read',
    also: [{rule: 'session-starts', per: 'user'}],
    shed: 'never',
    handle: startSession,
    http: {method: 'get', path: '/me'},
  }),
  call('user:update', {
    policy: signedIn,
    class: 'heavy',
    shed: 'join',
    handle: updateUser,
    http: {method: 'patch', path: '/me'},
  }),
  call('user:list', {
    policy: directoryReader,
    class: 'search',
    shed: 'presence',
    handle: listUsers,
    http: {method: 'get', path: '/users'},
  }),
  call('presence:watch', {policy: directoryReader, class: 'write', shed: 'presence', handle: watchPresence}),
  call('presence:unwatch', {policy: signedIn, class: 'write', shed: 'never', handle: unwatchPresence}),
  call('lobby:watch', {policy: signedIn, class: 'write', shed: 'presence', handle: watchLobby}),
  call('lobby:unwatch', {policy: signedIn, class: 'write', shed: 'never', handle: unwatchLobby}),

  call('room:list', {
    policy: signedIn,
    class: 'search',
    shed: 'history',
    handle: listRooms,
    http: {method: 'get', path: '/rooms'},
  }),
  call('room:create', {
    policy: signedIn,
    class: 'log-writing',
    shed: 'join',
    handle: createRoom,
    http: {method: 'post', path: '/rooms', status: 201},
  }),
  call('room:get', {
    policy: visitor,
    class: 'read',
    shed: 'history',
    handle: getRoom,
    http: {method: 'get', path: '/rooms/:roomId'},
  }),
  call('room:update', {
    policy: owner,
    class: 'log-writing',
    shed: 'join',
    handle: updateRoom,
    http: {method: 'patch', path: '/rooms/:roomId'},
  }),
  call('room:close', {
    policy: closer,
    class: 'log-writing',
    shed: 'join',
    handle: closeRoom,
    http: {method: 'delete', path: '/rooms/:roomId'},
  }),
  call('room:join', {
    policy: visitor,
    class: 'log-writing',
    shed: 'join',
    handle: joinRoom,
    http: {method: 'post', path: '/rooms/:roomId/join'},
  }),
  call('direct:open', {
    policy: signedIn,
    class: 'log-writing',
    shed: 'join',
    handle: openDirect,
    http: {method: 'post', path: '/direct'},
  }),
  call('room:leave', {
    policy: leaver,
    class: 'log-writing',
    shed: 'join',
    handle: leaveRoom,
    http: {method: 'post', path: '/rooms/:roomId/leave'},
  }),
  call('room:members', {
    policy: memberReader,
    class: 'read',
    shed: 'presence',
    handle: listMembers,
    http: {method: 'get', path: '/rooms/:roomId/members'},
  }),
  call('member:add', {
    policy: manager,
    class: 'log-writing',
    shed: 'join',
    handle: addMember,
    http: {method: 'post', path: '/rooms/:roomId/members'},
  }),
  call('member:update', {
    policy: moderator,
    class: 'log-writing',
    shed: 'join',
    handle: updateMember,
    http: {method: 'patch', path: '/rooms/:roomId/members/:userId'},
  }),
  call('member:remove', {
    policy: manager,
    class: 'log-writing',
    shed: 'join',
    handle: removeMember,
    http: {method: 'delete', path: '/rooms/:roomId/members/:userId'},
  }),
  // The statement that reads the log proves the membership itself, so that both are of one snapshot.
  call('room:sync', {
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: syncRoom,
    http: {method: 'get', path: '/rooms/:roomId/log'},
  }),

  call('message:list', {
    policy: member,
    class: 'read',
    shed: 'history',
    handle: listMessages,
    http: {method: 'get', path: '/rooms/:roomId/messages'},
  }),
  // append_messages authorizes, after it looked for a duplicate: a retry finds its first result even after a kick.
  call('message:send', {
    policy: signedIn,
    class: 'send',
    also: [sendBytes],
    shed: 'send',
    handle: sendMessage,
    http: {method: 'post', path: '/rooms/:roomId/messages'},
  }),
  call('message:edit', {
    policy: unmutedMember,
    class: 'send',
    also: [sendBytes],
    shed: 'send',
    handle: editMessage,
    http: {method: 'patch', path: '/rooms/:roomId/messages/:seq'},
  }),
  call('message:delete', {
    policy: member,
    class: 'send',
    shed: 'send',
    handle: deleteMessage,
    http: {method: 'delete', path: '/rooms/:roomId/messages/:seq'},
  }),
  route({
    input: fileInputs.uploadInput,
    result: fileInputs.uploadResult,
    policy: signedIn,
    class: 'heavy',
    also: [{rule: 'uploads', per: 'user'}],
    shed: 'history',
    handle: uploadFile,
    http: {method: 'post', path: '/files', status: 201, takes: 'file'},
  }),
  // The statement that finds a file proves that the caller may see it.
  route({
    input: fileInputs.fileIdInput,
    result: fileInputs.file,
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: getFile('image'),
    http: {method: 'get', path: '/files/:fileId', answers: 'file'},
  }),
  route({
    input: fileInputs.fileIdInput,
    result: fileInputs.file,
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: getFile('thumbnail'),
    http: {method: 'get', path: '/files/:fileId/thumbnail', answers: 'file'},
  }),
  call('typing:set', {policy: unmutedMember, class: 'write', shed: 'typing', handle: setTyping}),
  call('read:mark', {
    policy: member,
    class: 'write',
    shed: 'presence',
    handle: markRead,
    http: {method: 'post', path: '/rooms/:roomId/read'},
  }),

  route({
    input: notifications.createNotificationsInput,
    result: notifications.createNotificationsResult,
    policy: service,
    class: 'write',
    shed: 'send',
    handle: createNotifications,
    http: {method: 'post', path: '/notifications', status: 202},
  }),
  call('notification:list', {
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: listNotifications,
    http: {method: 'get', path: '/notifications'},
  }),
  call('notification:read', {
    policy: signedIn,
    class: 'write',
    shed: 'presence',
    handle: readNotifications,
    http: {method: 'post', path: '/notifications/read'},
  }),
];
