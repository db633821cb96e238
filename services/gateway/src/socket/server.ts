/** Socket.IO on this node: its options, and what happens to a connection from admission to its end. */
import type {Server as HttpServer} from 'node:http';
import {Server, type DefaultEventsMap} from 'socket.io';
import {WebSocketServer, type ServerOptions} from 'ws';
import type {ClientToServerEvents} from '@madang/protocol/calls';
import type {ServerToClientEvents} from '@madang/protocol/events';
import {limits} from '@madang/protocol/limits';
import type {Config} from '../config.ts';
import type {Node} from '../node.ts';
import type {Identify} from '../identity/identify.ts';
import type {Call} from '../identity/trusted-proxies.ts';
import type {AddressCounts} from './address-counts.ts';
import {ChatConnection, type ChatSocket} from './connection.ts';
import type {Connections} from '../delivery/connections.ts';
import type {Dispatch} from './dispatch.ts';
import type {Admitted, createHandshake} from './handshake.ts';
import type {Inboxes} from '../delivery/inboxes.ts';
import type {Listener} from '../delivery/listener.ts';
import {noteConnection} from './long-polling.ts';
import {checkingParser} from './parser.ts';
import type {Signals} from '../delivery/signals.ts';
import type {SlowReaders} from './slow-readers.ts';
import {socketRooms} from '../delivery/socket-rooms.ts';
import type {Subscriptions} from '../delivery/subscriptions.ts';

export type ChatServer = Server<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  {admitted: Admitted}
>;

/** Tiny fragments cost far more memory than their bytes; ws allows 16,384 of them by default (CVE-2026-48779). */
class FrugalWebSocketServer extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({...options, maxFragments: 64, maxBufferedChunks: 4_096} as ServerOptions);
  }
}

/** Delivery provides its adapter, which carries broadcasts to other nodes. */
export function createSocketServer(
  http: HttpServer,
  {LONG_POLLING: polls}: Pick<Config, 'LONG_POLLING'>,
  isDraining: () => boolean,
): ChatServer {
  const io: ChatServer = new Server(http, {
    wsEngine: FrugalWebSocketServer as never,
    parser: checkingParser,
    transports: polls ? ['polling', 'websocket'] : ['websocket'],
    serveClient: false,
    httpCompression: false,
    perMessageDeflate: false,
    maxHttpBufferSize: limits.transportBytes,
    connectTimeout: 10_000,
    pingInterval: 20_000,
    pingTimeout: 10_000,
    // After a refused transport the client tries again, and the balancer chooses another node.
    allowRequest: (_request, decide) => decide(isDraining() ? 'draining' : null, !isDraining()),
  });
  // Socket.IO handles only upgrades; the application answers plain requests.
  http.removeAllListeners('request');
  return io;
}

/** The parts of delivery that a connection uses. */
export type ConnectionDelivery = {
  subscriptionsOf(listener: Listener): Subscriptions;
  signals: Signals;
  inboxes: Inboxes;
};

export type ConnectionDeps = {
  node: Pick<Node, 'name' | 'config' | 'presence' | 'usage' | 'metrics' | 'log'>;
  connections: Connections<ChatConnection>;
  delivery: ConnectionDelivery;
  dispatch: Dispatch;
  handshake: ReturnType<typeof createHandshake>;
  slowReaders: SlowReaders;
  addresses: AddressCounts;
  identify: Pick<Identify, 'addressOf'>;
};

export function acceptConnections(io: ChatServer, deps: ConnectionDeps): void {
  io.engine.on('connection', (transport: {request: Call; once(event: 'close', act: () => void): void}) => {
    transport.once('close', deps.addresses.opened(deps.identify.addressOf(transport.request)));
  });
  io.use((socket, next) => void deps.handshake(socket as never, next));
  io.on('connection', (socket) => accept(socket as ChatSocket, deps));
}

function accept(socket: ChatSocket, deps: ConnectionDeps): void {
  const {node, connections, dispatch, slowReaders} = deps;
  const {subscriptionsOf, signals, inboxes} = deps.delivery;
  const admitted: Admitted = socket.data.admitted;
  const {identity, address, startedAt} = admitted;
  const connection = new ChatConnection(socket, admitted, subscriptionsOf, {
    log: node.log,
    closeMs: node.config.REVOKED_CLOSE_MS,
    onAway: () => tellAway(connection, deps),
  });
  forgetHandshake(socket);
  noteConnection(socket.conn, connection);

  void socket.join(socketRooms.user(connection.userId));
  const {isFirstOfUser} = connections.add(connection);
  if (identity.user.kind !== 'service') replaceOldest(connections.ofUser(connection.userId), node.config);
  slowReaders.watch(connection);
  const {tenantId, user} = identity;
  if (isFirstOfUser) node.presence.entered({kind: 'tenant', id: tenantId, tenantId}, user);
  tellAway(connection, deps);
  node.metrics.connections.inc();
  const label = {tenant: node.metrics.labelOf(tenantId)};
  node.metrics.tenantConnections.inc(label);
  const disconnected = node.usage.connected(tenantId);
  connection.log.info({node: node.name, address}, 'connected');

  socket.conn.prependListener('data', (data: {length?: number}) => {
    // Counted in UTF-16 units, each of which has at most three bytes.
    if ((data?.length ?? 0) * 3 > limits.eventBytes) connection.measuresEvents = true;
  });
  socket.onAny((event: string, ...args: unknown[]) => void dispatch(connection, event, args));
  socket.on('disconnect', (reason) => {
    end(connection, deps);
    // Under the label with which it was counted, even if the name has changed since.
    node.metrics.tenantConnections.dec(label);
    disconnected();
    node.metrics.disconnects.inc({reason: connection.ending ?? reason});
    connection.log.info({node: node.name, reason: connection.ending ?? reason}, 'disconnected');
  });
  inboxes.admitted(connection, startedAt);
  // A signal between the handshake's reads and now would find no connection, so check here.
  if (signals.concernedSince(startedAt, identity)) {
    signals.recheck([connection], 'revoked').catch(() => connection.closeTransport('revoked'));
  }
}

/** A user may keep this many connections on a node; opening another one closes the oldest. */
function replaceOldest(oldestFirst: ChatConnection[], config: Config): void {
  const open = oldestFirst.filter(({hasEnded}) => !hasEnded);
  const surplus = Math.max(0, open.length - config.CONNECTIONS_PER_USER);
  for (const connection of open.slice(0, surplus)) connection.revoke('replaced', config.REVOKED_CLOSE_MS);
}

function end(connection: ChatConnection, {node, connections}: ConnectionDeps): void {
  connection.subscriptions.close();
  const {wasLastOfUser} = connections.remove(connection);
  const {tenantId, user} = connection.identity;
  if (wasLastOfUser) node.presence.left({kind: 'tenant', id: tenantId, tenantId}, user, {atOnce: false});
  else tellAway(connection, {node, connections});
  node.metrics.connections.dec();
}

/** A user whose connections to this node are all away is away on it. */
function tellAway(
  {userId, identity}: ChatConnection,
  {node, connections}: Pick<ConnectionDeps, 'node' | 'connections'>,
): void {
  const isAway = connections.ofUser(userId).every((each) => each.isAway);
  node.presence.setAway(identity.tenantId, userId, isAway);
}

/** The request and its headers make up most of the memory of an idle connection. */
function forgetHandshake(socket: ChatSocket): void {
  (socket.conn as {request: unknown}).request = null;
  (socket as {handshake: unknown}).handshake = {headers: {}, auth: {}};
}
