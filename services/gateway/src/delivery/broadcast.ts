/** How a handler reaches connections, on this node and on others. */
import type {Signal} from '@madang/database/delivery/pulse';
import type {ClientToServerEvents} from '@madang/protocol/calls';
import type {ServerToClientEvents} from '@madang/protocol/events';
import type {Server} from 'socket.io';
import type {Broadcast} from '../broadcast.ts';
import type {Feeds} from './feeds.ts';
import type {Signals} from './signals.ts';
import {socketRoomOf, socketRooms} from './socket-rooms.ts';

/** The part of Socket.IO's server that delivery uses. */
export type Emitter = Pick<
  Server<ClientToServerEvents, ServerToClientEvents>,
  'adapter' | 'of' | 'to' | 'local' | 'emit'
>;

export function createBroadcast(
  io: Emitter,
  feeds: Feeds,
  signals: Signals,
  checkRoom: (roomId: string) => void,
): Broadcast {
  // The adapter only carries `room:log` and `signal`: sockets get frames from feeds, and never get signals.
  const carry = (socketRoom: string, event: string, payload: unknown) => {
    io.to(socketRoom).emit(event as never, ...([payload] as never));
  };

  return {
    frame(frame) {
      carry(socketRooms.room(frame.roomId), 'room:log', frame);
      feeds.receive(frame);
    },
    signal(signal: Signal) {
      const [userId, ...others] = signal.userIds ?? (signal.userId ? [signal.userId] : []);
      // A signal without a user, tenant or key rings nobody; the pulse finds it. For many users, one ring at every node
      // costs less than one ring per user.
      if (others.length > 0 || signal.tenantId || signal.keyId)
        io.emit('signal' as never, ...([signal] as never));
      else if (userId) carry(socketRooms.user(userId), 'signal', signal);
      signals.apply([signal]).catch(() => undefined);
    },
    catchUp({roomId, rev}) {
      const feed = feeds.get(roomId);
      if (feed && feed.position < rev) checkRoom(roomId);
    },
    emit(audience, event, payload, except) {
      const target = io.to(socketRoomOf(audience));
      (except ? target.except(except) : target).emit(event, ...([payload] as never));
    },
    emitLocally(audience, event, payload) {
      io.local.to(socketRoomOf(audience)).emit(event, ...([payload] as never));
    },
  };
}
