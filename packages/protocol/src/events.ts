import {z} from 'zod';
import {disconnectTable, type DisconnectReason} from './disconnects.ts';
import type {WireError} from './errors.ts';
import {frame, leaveReason} from './log.ts';
import {notification} from './notifications.ts';
import {room, roomState} from './rooms.ts';
import {user} from './users.ts';

const reasons = Object.keys(disconnectTable) as [DisconnectReason, ...DisconnectReason[]];
const presence = z.object({online: z.int(), joined: z.array(user), left: z.array(z.uuid())});

/** What a server sends by itself: event name -> payload. Clients ignore names and fields they do not know. */
export const serverEvents = {
  'room:log': frame,
  'room:presence': presence.extend({roomId: z.uuid()}),
  'room:typing': z.object({roomId: z.uuid(), user, typing: z.boolean()}),
  'room:joined': roomState,
  'room:left': z.object({roomId: z.uuid(), leftAt: z.int(), reason: leaveReason}),
  'room:read': z.object({roomId: z.uuid(), readSeq: z.int(), unread: z.int()}),
  'presence:changed': presence,
  'lobby:changed': z.object({opened: z.array(room), changed: z.array(room), closed: z.array(z.uuid())}),
  'lobby:reset': z.object({}),
  'notification:created': z.object({notification, unread: z.int()}),
  'notification:read': z.object({ids: z.array(z.uuid()), unread: z.int()}),
  'session:ending': z.object({reason: z.enum(reasons), reconnect: z.boolean(), afterMs: z.int()}),
} as const;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEventPayload<Name extends ServerEventName> = z.infer<(typeof serverEvents)[Name]>;
/** Socket.IO's typed event map for what servers send. */
export type ServerToClientEvents = {[Name in ServerEventName]: (payload: ServerEventPayload<Name>) => void};

export type Acknowledgement<Result> = {ok: true; data: Result} | {ok: false; error: WireError};
