import type {Socket} from 'node:net';

let gathering: Socket[] = [];

/**
 * Collects writes to a TCP socket until this turn of the event loop ends. Then one system call sends the frame of a
 * message and its acknowledgement, or the frames of several rooms.
 */
export function gatherWrites(socket: Socket): void {
  if (socket.writableCorked > 0) return;
  if (gathering.length === 0) setImmediate(release);
  socket.cork();
  gathering.push(socket);
}

function release(): void {
  const sockets = gathering;
  gathering = [];
  for (const socket of sockets) socket.uncork();
}
