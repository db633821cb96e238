/** What the documents say about the events that servers send by themselves. */
import type {ServerEventName, ServerEventPayload} from '@madang/protocol/events';
import {alice, bob, directState, frame, ids, notification, prefs, room} from './examples/cast.ts';
import type {Tag} from './tags.ts';

type DescribedEvents = {
  [Name in ServerEventName]: {summary: string; tag: Tag; example: ServerEventPayload<Name>};
};

export const describedEvents: DescribedEvents = {
  'room:log': {
    summary: 'A room has changed: the next stretch of its log',
    tag: 'messages',
    example: frame,
  },
  'room:presence': {
    summary: 'Users came into a room or went, at most once a second and node',
    tag: 'presence',
    example: {roomId: ids.room, online: 2, joined: [bob], left: []},
  },
  'room:typing': {
    summary: 'Somebody in a room is typing, or has stopped',
    tag: 'presence',
    example: {roomId: ids.room, user: bob, typing: true},
  },
  'room:joined': {
    summary: 'The user is in a room from now on, or their role or mute in it has changed',
    tag: 'rooms',
    example: directState,
  },
  'room:left': {
    summary: 'The user is no longer in a room',
    tag: 'rooms',
    example: {roomId: ids.room, leftAt: 43, reason: 'removed'},
  },
  'room:may': {
    summary: 'The policy has changed, and with it what the user may do in a room',
    tag: 'rooms',
    example: {roomId: ids.room, may: ['members', 'history', 'send']},
  },
  'session:may': {
    summary: 'The policy has changed, and with it what the user may do outside of rooms',
    tag: 'sessions',
    example: {may: ['direct', 'directory']},
  },
  'room:read': {
    summary: 'The user has read further on another device, or has marked messages as unread',
    tag: 'messages',
    example: {roomId: ids.room, readSeq: 42, unread: 0, mentions: 0},
  },
  'room:prefs': {
    summary: 'The user wants a room otherwise, as another device has said',
    tag: 'rooms',
    example: {roomId: ids.room, prefs},
  },
  'presence:changed': {
    summary: 'Users of the tenant came online, went or changed, after `presence:watch`',
    tag: 'presence',
    example: {online: 1, joined: [], left: [], changed: [{...alice, away: true}]},
  },
  'lobby:changed': {
    summary: 'Public rooms have opened, changed or closed, after `lobby:watch`',
    tag: 'presence',
    example: {opened: [room], changed: [], closed: []},
  },
  'lobby:reset': {
    summary: 'Changes of the lobby were missed: list the rooms again',
    tag: 'presence',
    example: {},
  },
  'notification:created': {
    summary: 'The user was notified',
    tag: 'notifications',
    example: {notification, unread: 1},
  },
  'notification:read': {
    summary: 'Notifications were marked as read, on any device',
    tag: 'notifications',
    example: {ids: [notification.id], unread: 0},
  },
  'session:ending': {
    summary: 'The server is about to close this connection',
    tag: 'sessions',
    example: {reason: 'shutting_down', reconnect: true, afterMs: 2_000},
  },
};
