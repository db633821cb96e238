import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {Server, type Socket} from 'socket.io';
import type {WireError} from '../src/wire.ts';

type Handler = (input: never, socket: Socket) => unknown;

/** A server that a test controls, for what a real one cannot be made to do: refusals, endings, silence. */
export async function startScriptedServer() {
  const user = {id: '0190a000-0000-7000-8000-0000000000aa', kind: 'guest', name: 'Me', color: '#112233'};
  const http = createServer((request, response) => {
    if (request.url === '/api/v1/auth/guest') {
      response.writeHead(201, {
        'set-cookie': 'sid=secret; Path=/; HttpOnly',
        'content-type': 'application/json',
      });
      response.end(JSON.stringify({user}));
    } else {
      response.writeHead(204).end();
    }
  });
  const io = new Server(http, {transports: ['websocket']});
  const script = {
    /** Refusals of the next handshakes. A handshake without one is admitted. */
    refusals: [] as Omit<WireError, 'message'>[],
    /** Answers an event: with a result, a promise of one, or undefined for no answer at all. */
    handlers: {} as Record<string, Handler>,
    handshakes: [] as {at: number; cookie: string | undefined; auth: unknown}[],
    received: [] as {name: string; input: Record<string, unknown>}[],
  };
  io.use((socket, next) => {
    const {auth, headers} = socket.handshake;
    script.handshakes.push({at: performance.now(), cookie: headers.cookie, auth});
    const refusal = script.refusals.shift();
    next(refusal && Object.assign(new Error('refused'), {data: {message: 'refused', ...refusal}}));
  });
  io.on('connection', (socket) => {
    socket.onAny((name: string, input: Record<string, unknown>, acknowledge: (answer: unknown) => void) => {
      script.received.push({name, input});
      const handler =
        script.handlers[name] ?? (() => ({user, node: 'node-1', rooms: [], frames: [], ended: []}));
      void Promise.resolve(handler(input as never, socket)).then(
        (data) => data !== undefined && acknowledge({ok: true, data}),
        (error: WireError) => acknowledge({ok: false, error}),
      );
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    ...script,
    user,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    /** Closes the transport without a message, as when a node or a network dies. */
    dropConnections: () => io.sockets.sockets.forEach((socket) => socket.conn.close()),
    /** Ends a connection as the protocol does: it sends the reason, then closes. */
    endConnections: (ending: {reason: string; reconnect: boolean; afterMs: number}) =>
      io.sockets.sockets.forEach((socket) => {
        socket.emit('session:ending', ending);
        if (ending.reconnect) socket.conn.close();
        else socket.disconnect(true);
      }),
    close: () => new Promise<void>((resolve) => void io.close(() => resolve())),
  };
}
