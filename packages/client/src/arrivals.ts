import type {ResultListener} from './calls.ts';
import type {Follow} from './follow.ts';
import type {Calls, Room, RoomState, ServerEvents} from './wire.ts';

type EventHandlers = {
  [Name in keyof ServerEvents]?: (follow: Follow, payload: ServerEvents[Name]) => void;
};
type ResultHandlers = {
  [Name in keyof Calls]?: (
    follow: Follow,
    result: Calls[Name]['result'],
    input: Calls[Name]['input'],
  ) => void;
};

const onEvent: EventHandlers = {
  'room:log': (follow, frame) => follow.live(frame),
  'room:joined': (follow, state) => follow.enter(state, 'joined'),
  'room:left': (follow, ended) => follow.leave(ended),
  'room:may': (follow, {roomId, may}) =>
    follow.update(roomId, (state) => ({...state, membership: {...state.membership, may}})),
  'room:presence': (follow, {roomId, online}) => follow.update(roomId, (state) => ({...state, online})),
  'room:read': (follow, {roomId, ...read}) => follow.read(roomId, read),
  'room:prefs': (follow, {roomId, prefs}) => follow.update(roomId, (state) => ({...state, prefs})),
  'notification:created': (follow, {mentions}) => follow.mentioned(mentions),
  'notification:read': (follow, {mentions}) => follow.mentioned(mentions),
};

const entered = (follow: Follow, state: RoomState) => follow.enter(state, 'joined');
const roomChanged = (follow: Follow, {room}: {room: Room}) =>
  follow.update(room.id, (state) => (room.rev >= state.room.rev ? {...state, room} : state));

const onResult: ResultHandlers = {
  'room:create': entered,
  'room:join': entered,
  'direct:open': entered,
  'room:leave': (follow, {leftAt}, {roomId}) => follow.leave({roomId, leftAt, reason: 'left'}),
  'room:get': roomChanged,
  'room:update': roomChanged,
  'room:truncate': roomChanged,
  'read:mark': (follow, read, {roomId}) => follow.read(roomId, read),
  'room:prefs': (follow, {prefs}, {roomId}) => follow.update(roomId, (state) => ({...state, prefs})),
};

/** Applies an event of the server to the rooms that the client follows. */
export function applyEvent(follow: Follow, name: string, payload: unknown): void {
  const handlers: Record<string, ((follow: Follow, payload: never) => void) | undefined> = onEvent;
  // The name comes from the wire, so only own properties count: `constructor` is no handler.
  if (Object.hasOwn(handlers, name)) handlers[name]?.(follow, payload as never);
}

/** Applies the result of a call to the rooms that the client follows. */
export function applyResult(follow: Follow, ...[name, input, result]: Parameters<ResultListener>): void {
  const handlers: {[name: string]: ((follow: Follow, result: never, input: never) => void) | undefined} =
    onResult;
  handlers[name]?.(follow, result as never, input as never);
}
