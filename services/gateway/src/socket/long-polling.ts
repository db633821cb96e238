/**
 * Socket.IO's long polling, for networks that let no WebSocket through. It exists only if the operator allows it: all
 * requests of a connection must reach the node that has it, so the balancer must be sticky.
 */
import type {IncomingMessage, RequestListener} from 'node:http';
import type {ChatConnection} from './connection.ts';

/** Tells a balancer that reads it which connection begins with this answer (infra/haproxy/haproxy.cfg). */
const connectionHeader = 'Madang-Connection';

/** The connection above each of Engine.IO's sockets. */
const connections = new WeakMap<object, ChatConnection>();

export function noteConnection(engineSocket: object, connection: ChatConnection): void {
  connections.set(engineSocket, connection);
}

export type LongPolling = {
  handle: RequestListener;
  /** A request that waits for what comes next; it may wait for 20 s, and costs nothing meanwhile. */
  isPoll(req: IncomingMessage): boolean;
};

export function createLongPolling(io: {engine: unknown}): LongPolling {
  const engine = io.engine as Engine;
  const ids = new WeakMap<object, string>();
  const generateId = engine.generateId.bind(engine);
  engine.generateId = (req) => {
    const id = generateId(req);
    ids.set(req, id);
    return id;
  };
  engine.on('initial_headers', (headers, req) => {
    headers[connectionHeader] = ids.get(req);
  });

  const clientOf = ({url = ''}: IncomingMessage) => {
    const id = new URLSearchParams(url.split('?')[1]).get('sid');
    return id !== null && Object.hasOwn(engine.clients, id) ? engine.clients[id] : undefined;
  };

  return {
    isPoll: (req) => req.method === 'GET' && clientOf(req) !== undefined,
    handle(req, res) {
      const client = clientOf(req);
      const waitMs = req.method === 'POST' && client ? (connections.get(client)?.waitMs ?? 0) : 0;
      // As long as a WebSocket that is refused again and again is not read.
      if (waitMs > 0) setTimeout(() => engine.handleRequest(req, res), waitMs);
      else engine.handleRequest(req, res);
    },
  };
}

/** What is used of Engine.IO's server, which is pinned. */
type Engine = {
  clients: Record<string, object>;
  generateId(req: object): string;
  on(event: 'initial_headers', act: (headers: Record<string, unknown>, req: object) => void): void;
  handleRequest(...exchange: Parameters<RequestListener>): void;
};
