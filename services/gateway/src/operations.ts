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
import {routeExamples} from './documents/examples/routes.ts';
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
    summary: 'Create an account and sign it in',
    tag: 'sessions',
    errors: {
      forbidden: 'The tenant lets nobody register.',
      conflict: 'A name is taken or reserved, or looks like one that is: `details.reason`.',
    },
    example: routeExamples.register,
    policy: anyone,
    class: 'registration',
    shed: 'join',
    handle: registerAccount,
    http: {method: 'post', path: '/auth/register', status: 201},
  }),
  route({
    input: userInputs.loginInput,
    result: userInputs.userResult,
    summary: 'Sign an account in by name and password',
    tag: 'sessions',
    errors: {
      wrong_password: 'There is no such account, or the password is wrong.',
      forbidden: 'The account is disabled.',
    },
    example: routeExamples.logIn,
    policy: anyone,
    class: 'sign-in',
    shed: 'join',
    handle: logIn,
    http: {method: 'post', path: '/auth/login'},
  }),
  route({
    input: userInputs.guestInput,
    result: userInputs.userResult,
    summary: 'Create a guest and sign it in',
    tag: 'sessions',
    errors: {
      forbidden: 'The tenant takes no guests.',
      conflict: 'An account has this name or one that looks the same, or it is reserved: `details.reason`.',
    },
    example: routeExamples.guest,
    policy: anyone,
    class: 'guest',
    shed: 'join',
    handle: createGuest,
    http: {method: 'post', path: '/auth/guest', status: 201},
  }),
  route({
    input: emptyInput,
    result: userInputs.providersResult,
    summary: 'Name the providers that people can sign in with',
    tag: 'sessions',
    errors: {},
    example: routeExamples.providers,
    policy: anyone,
    class: 'read',
    shed: 'join',
    handle: listProviders,
    http: {method: 'get', path: '/auth/providers'},
  }),
  route({
    input: userInputs.redeemTicketInput,
    result: userInputs.redeemTicketResult,
    summary: 'Sign in by a ticket',
    tag: 'sessions',
    errors: {
      unauthenticated:
        'The ticket was used, has expired, is of another tenant or was none, or its service key was revoked.',
      forbidden: 'The account is disabled.',
    },
    example: routeExamples.redeemTicket,
    policy: anyone,
    class: 'sign-in',
    shed: 'join',
    handle: redeemTicket,
    http: {method: 'post', path: '/auth/ticket'},
  }),
  route({
    input: userInputs.createTicketInput,
    result: userInputs.ticketResult,
    summary: 'Create a ticket that signs a user of the product in once',
    tag: 'products',
    errors: {
      not_found: 'The tenant has no such user.',
      forbidden: 'The user is a guest or a service, or is disabled.',
    },
    example: routeExamples.createTicket,
    policy: service,
    class: 'write',
    shed: 'join',
    handle: createTicket,
    http: {method: 'post', path: '/auth/tickets', status: 201},
  }),
  route({
    input: userInputs.putUserInput,
    result: userInputs.userResult,
    summary: 'Create or update the user that the product knows by its own id',
    tag: 'products',
    errors: {conflict: 'The user is being deleted at this moment; call again.'},
    example: routeExamples.putUser,
    policy: service,
    class: 'write',
    shed: 'join',
    handle: putUser,
    http: {method: 'put', path: '/users/:externalId'},
  }),
  route({
    input: userInputs.logoutInput,
    result: emptyResult,
    summary: 'Sign out, here or everywhere',
    tag: 'sessions',
    callers: 'everybody with a session',
    errors: {
      unauthenticated: 'There is no session, or it has ended already.',
      forbidden: 'The caller is a service, whose key is revoked instead.',
    },
    example: routeExamples.logOut,
    policy: anyone,
    class: 'write',
    shed: 'never',
    handle: logOut,
    http: {method: 'post', path: '/auth/logout', status: 204},
  }),
  route({
    input: userInputs.deleteUserInput,
    result: emptyResult,
    summary: 'Delete the calling account or guest',
    tag: 'users',
    errors: {wrong_password: 'The account has a password, and it was not given or is wrong.'},
    example: routeExamples.deleteMe,
    policy: person,
    class: 'heavy',
    shed: 'never',
    handle: deleteAccount,
    http: {method: 'delete', path: '/me', status: 204},
  }),
  call('session:start', {
    summary: 'Get the rooms of the caller, and what was missed in them',
    tag: 'sessions',
    errors: {},
    policy: signedIn,
    class: 'read',
    also: [{rule: 'session-starts', per: 'user'}],
    shed: 'never',
    handle: startSession,
    http: {method: 'get', path: '/me'},
  }),
  call('user:update', {
    summary: 'Change the profile or the password of the caller',
    tag: 'users',
    errors: {
      conflict: 'A name is taken or reserved, or looks like one that is: `details.reason`.',
      wrong_password: 'The current password is wrong.',
      not_found: 'The avatar is no image of the caller, or was sent or removed.',
      forbidden: 'The caller is a guest or a service and has no password.',
    },
    policy: signedIn,
    class: 'heavy',
    shed: 'join',
    handle: updateUser,
    http: {method: 'patch', path: '/me'},
  }),
  call('user:list', {
    summary: 'List or search the users of the tenant',
    tag: 'users',
    errors: {},
    policy: directoryReader,
    class: 'search',
    shed: 'presence',
    handle: listUsers,
    http: {method: 'get', path: '/users'},
  }),
  call('presence:watch', {
    summary: 'Tell who is online, and send `presence:changed` from now on',
    tag: 'presence',
    errors: {},
    policy: directoryReader,
    class: 'write',
    shed: 'presence',
    handle: watchPresence,
  }),
  call('presence:unwatch', {
    summary: 'Send no `presence:changed` any more',
    tag: 'presence',
    errors: {},
    policy: signedIn,
    class: 'write',
    shed: 'never',
    handle: unwatchPresence,
  }),
  call('lobby:watch', {
    summary: 'Send `lobby:changed` from now on',
    tag: 'presence',
    errors: {},
    policy: signedIn,
    class: 'write',
    shed: 'presence',
    handle: watchLobby,
  }),
  call('lobby:unwatch', {
    summary: 'Send no `lobby:changed` any more',
    tag: 'presence',
    errors: {},
    policy: signedIn,
    class: 'write',
    shed: 'never',
    handle: unwatchLobby,
  }),

  call('room:list', {
    summary: 'List or search the open public rooms',
    tag: 'rooms',
    errors: {},
    policy: signedIn,
    class: 'search',
    shed: 'history',
    handle: listRooms,
    http: {method: 'get', path: '/rooms'},
  }),
  call('room:create', {
    summary: 'Create a room that the caller owns',
    tag: 'rooms',
    errors: {
      forbidden: 'The caller owns, or is in, as many rooms as one may: `details.quota` and `details.max`.',
      conflict: 'The caller has left the room that was made with this clientId.',
      room_closed: 'The room that was made with this clientId is closed.',
    },
    policy: signedIn,
    class: 'log-writing',
    shed: 'join',
    handle: createRoom,
    http: {method: 'post', path: '/rooms', status: 201},
  }),
  call('room:get', {
    summary: 'Get a room',
    tag: 'rooms',
    errors: {},
    policy: visitor,
    class: 'read',
    shed: 'history',
    handle: getRoom,
    http: {method: 'get', path: '/rooms/:roomId'},
  }),
  call('room:update', {
    summary: 'Change a room',
    tag: 'rooms',
    errors: {conflict: 'The capacity is below the number of members.'},
    policy: owner,
    class: 'log-writing',
    shed: 'join',
    handle: updateRoom,
    http: {method: 'patch', path: '/rooms/:roomId'},
  }),
  call('room:close', {
    summary: 'Close a room for good',
    tag: 'rooms',
    errors: {forbidden: 'Nobody closes the `general` room of a tenant.'},
    policy: closer,
    class: 'log-writing',
    shed: 'join',
    handle: closeRoom,
    http: {method: 'delete', path: '/rooms/:roomId'},
  }),
  call('room:join', {
    summary: 'Become a member of a public room',
    tag: 'rooms',
    errors: {
      wrong_password: 'The room takes a password, and it was not given or is wrong.',
      room_full: 'The room has as many members as its capacity.',
      conflict:
        'The caller is shown by the name of the owner or a moderator: `details.reason` is `staff_name`.',
      forbidden: 'The caller is in as many rooms as one may: `details.quota` and `details.max`.',
    },
    policy: visitor,
    class: 'log-writing',
    shed: 'join',
    handle: joinRoom,
    http: {method: 'post', path: '/rooms/:roomId/join'},
  }),
  call('direct:open', {
    summary: 'Open the direct room with another user',
    tag: 'rooms',
    errors: {
      not_found: 'The tenant has no such user.',
      forbidden: 'One of the two is in as many rooms as one may: `details.quota` and `details.max`.',
    },
    policy: signedIn,
    class: 'log-writing',
    shed: 'join',
    handle: openDirect,
    http: {method: 'post', path: '/direct'},
  }),
  call('room:leave', {
    summary: 'Leave a room',
    tag: 'rooms',
    errors: {
      forbidden:
        'The caller was never in the room, which is public, or it is a direct room, which nobody leaves.',
      banned: 'The caller is banned from the room.',
      room_closed: 'The room is closed.',
    },
    policy: leaver,
    class: 'log-writing',
    shed: 'join',
    handle: leaveRoom,
    http: {method: 'post', path: '/rooms/:roomId/leave'},
  }),
  call('room:members', {
    summary: 'List the members of a room',
    tag: 'members',
    errors: {},
    policy: memberReader,
    class: 'read',
    shed: 'presence',
    handle: listMembers,
    http: {method: 'get', path: '/rooms/:roomId/members'},
  }),
  call('member:add', {
    summary: 'Add a user to a room, or set the role of a member',
    tag: 'members',
    errors: {
      not_found: 'The tenant has no such user.',
      banned: 'The user to add is banned from the room.',
      forbidden:
        'Only the owner and services give roles. Or the user is in as many rooms as one may: `details.quota` and `details.max`.',
      conflict: 'The owner of a room gets no other role; hand the room over first.',
      room_full: 'The room has as many members as its capacity.',
    },
    policy: manager,
    class: 'log-writing',
    shed: 'join',
    handle: addMember,
    http: {method: 'post', path: '/rooms/:roomId/members'},
  }),
  call('member:update', {
    summary: 'Change the role of a member, mute, ban, or lift these',
    tag: 'members',
    errors: {
      not_found: 'There is no such user, or no member to give a role to or to mute.',
      forbidden: 'Only the owner gives roles; mutes and bans reach lower ranks only.',
      conflict: 'A role or a mute does not go with a ban.',
    },
    policy: moderator,
    class: 'log-writing',
    shed: 'join',
    handle: updateMember,
    http: {method: 'patch', path: '/rooms/:roomId/members/:userId'},
  }),
  call('member:remove', {
    summary: 'Remove a member',
    tag: 'members',
    errors: {
      not_found: 'The user was never in the room.',
      forbidden: 'The member does not rank below the caller.',
    },
    policy: manager,
    class: 'log-writing',
    shed: 'join',
    handle: removeMember,
    http: {method: 'delete', path: '/rooms/:roomId/members/:userId'},
  }),
  // The statement that reads the log proves the membership itself, so that both are of one snapshot.
  call('room:sync', {
    summary: 'Get the changes of a room above a cursor',
    tag: 'messages',
    callers: 'members of the room, also after it was closed',
    errors: {
      not_found: 'There is no such room in the tenant, or it is private and the caller is no member.',
      forbidden: 'The caller is no member of the room, which is public.',
      banned: 'The caller is banned from the room.',
    },
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: syncRoom,
    http: {method: 'get', path: '/rooms/:roomId/log'},
  }),

  call('message:list', {
    summary: 'Page through the history of a room',
    tag: 'messages',
    errors: {},
    policy: member,
    class: 'read',
    shed: 'history',
    handle: listMessages,
    http: {method: 'get', path: '/rooms/:roomId/messages'},
  }),
  // append_messages authorizes, after it looked for a duplicate: a retry finds its first result even after a kick.
  call('message:send', {
    summary: 'Send a message to a room',
    tag: 'messages',
    callers: 'members of the room who are not muted',
    errors: {
      invalid:
        "There is no message `replyTo` in the room, or an image of `attachmentIds` is not the caller's, was sent already or is no longer kept.",
      not_found: 'There is no such room in the tenant, or it is private and the caller is no member.',
      forbidden: 'The caller is no member of the room, which is public, or is muted: `details.mutedUntil`.',
      banned: 'The caller is banned from the room.',
      room_closed: 'The room is closed.',
    },
    policy: signedIn,
    class: 'send',
    also: [sendBytes],
    shed: 'send',
    handle: sendMessage,
    http: {method: 'post', path: '/rooms/:roomId/messages'},
  }),
  call('message:edit', {
    summary: "Replace the text of one's own message",
    tag: 'messages',
    errors: {
      not_found: 'There is no such message in the room.',
      forbidden: 'Somebody else wrote the message.',
      conflict: 'The message is deleted.',
    },
    policy: unmutedMember,
    class: 'send',
    also: [sendBytes],
    shed: 'send',
    handle: editMessage,
    http: {method: 'patch', path: '/rooms/:roomId/messages/:seq'},
  }),
  call('message:delete', {
    summary: "Delete one's own message, or any as a moderator",
    tag: 'messages',
    errors: {
      not_found: 'There is no such message in the room.',
      forbidden: 'Somebody else wrote the message, and the caller is neither the owner nor a moderator.',
    },
    policy: member,
    class: 'send',
    shed: 'send',
    handle: deleteMessage,
    http: {method: 'delete', path: '/rooms/:roomId/messages/:seq'},
  }),
  route({
    input: fileInputs.uploadInput,
    result: fileInputs.uploadResult,
    summary: 'Upload an image',
    tag: 'images',
    errors: {
      unsupported: 'The body is no `multipart/form-data`, or the file is no GIF, PNG, JPEG or WebP.',
      invalid: 'The image is damaged, the upload broke off, or there is not exactly one part `file`.',
      too_large:
        'The image has too many bytes, pixels or frames, or the user keeps too much: `details.quotaBytes`.',
    },
    example: routeExamples.upload,
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
    summary: 'Get an image',
    tag: 'images',
    callers:
      'those who may read the message that carries it, its uploader until it is sent, and of an avatar everybody',
    errors: {
      not_found: 'There is no such image, or the caller may not know of it.',
      forbidden: 'The image was sent in a public room, and the caller is no member.',
      banned: 'The image was sent in a room that the caller is banned from.',
      room_closed: 'The room that it was sent in is closed.',
    },
    example: routeExamples.getFile,
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: getFile('image'),
    http: {method: 'get', path: '/files/:fileId', answers: 'file'},
  }),
  route({
    input: fileInputs.fileIdInput,
    result: fileInputs.file,
    summary: 'Get the thumbnail of an image',
    tag: 'images',
    callers: 'those who may see the image',
    errors: {
      not_found: 'There is no such image, or the caller may not know of it.',
      forbidden: 'The image was sent in a public room, and the caller is no member.',
      banned: 'The image was sent in a room that the caller is banned from.',
      room_closed: 'The room that it was sent in is closed.',
    },
    example: routeExamples.getFile,
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: getFile('thumbnail'),
    http: {method: 'get', path: '/files/:fileId/thumbnail', answers: 'file'},
  }),
  call('typing:set', {
    summary: 'Tell the others in a room that the caller is typing, or has stopped',
    tag: 'presence',
    errors: {},
    policy: unmutedMember,
    class: 'write',
    shed: 'typing',
    handle: setTyping,
  }),
  call('read:mark', {
    summary: 'Mark messages as read',
    tag: 'messages',
    errors: {},
    policy: member,
    class: 'write',
    shed: 'presence',
    handle: markRead,
    http: {method: 'post', path: '/rooms/:roomId/read'},
  }),

  route({
    input: notifications.createNotificationsInput,
    result: notifications.createNotificationsResult,
    summary: 'Notify users of the tenant',
    tag: 'products',
    errors: {not_found: 'Some of the users are unknown, and nobody was notified: `details.userIds`.'},
    example: routeExamples.notify,
    policy: service,
    class: 'write',
    shed: 'send',
    handle: createNotifications,
    http: {method: 'post', path: '/notifications', status: 202},
  }),
  call('notification:list', {
    summary: 'List the notifications of the caller',
    tag: 'notifications',
    errors: {},
    policy: signedIn,
    class: 'read',
    shed: 'history',
    handle: listNotifications,
    http: {method: 'get', path: '/notifications'},
  }),
  call('notification:read', {
    summary: 'Mark notifications of the caller as read',
    tag: 'notifications',
    errors: {not_found: 'The caller has no notification `upTo`.'},
    policy: signedIn,
    class: 'write',
    shed: 'presence',
    handle: readNotifications,
    http: {method: 'post', path: '/notifications/read'},
  }),
];
