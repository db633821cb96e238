import type {Server} from 'node:http';
import type {Socket} from 'node:net';

/**
 * Follows the TCP connections of a server, so that it can close those that do not end by themselves. A client that
 * stopped answering, or never finishes its request, would keep the server open. The closing handshake of a WebSocket
 * alone waits 30 s for such a client.
 */
export function followSockets(server: Server): {destroyAll(): void} {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return {
    destroyAll() {
      for (const socket of open) socket.destroy();
    },
  };
}
