/** The operation table: what the cluster can do, for whom, how often, and over which transport. */
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
import {call, route, type Operation} from './operation.ts';
import {sendBytes} from './rate-rules.ts';
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
