/** One gateway of the simulation. Its delivery, its operations and its acceptance of connections are the real ones. */
import type {Database} from '@madang/database/connections/pool';
import {createAppender} from '@madang/database/messages/append';
import {checkSession} from '@madang/database/access/sessions';
import type {Broadcast} from '@madang/gateway/broadcast';
import type {Config} from '@madang/gateway/config';
import {Connections} from '@madang/gateway/delivery/connections';
import {createDelivery, type DeliveredPresence} from '@madang/gateway/delivery/delivery';
import type {Node} from '@madang/gateway/node';
import {operations} from '@madang/gateway/operations';
import {createRunOperation} from '@madang/gateway/calls/run-operation';
import type {ChatConnection} from '@madang/gateway/socket/connection';
import {createDispatch} from '@madang/gateway/socket/dispatch';
import {acceptConnections, type ChatServer} from '@madang/gateway/socket/server';
import {ChatError} from '@madang/protocol/errors';
import type {Adapter} from 'socket.io-adapter';
import {Encoder} from 'socket.io-parser';
import type {Random} from '@madang/verify/random';
import {SimulatedDatabase} from '../store/database.ts';
import type {Store} from '../store/store.ts';
import type {Bus} from './bus.ts';
import type {Clock} from './clock.ts';
import {Owner} from './task-queue.ts';
import type {Faults} from './faults.ts';
import type {Link} from './link.ts';
import {createLanes} from '@madang/gateway/lanes/lanes';
import {config as ofAll, log, metrics, occupancy, limits, tenants, tokens} from './surroundings.ts';
import {ServerSocket} from './server-socket.ts';

export type Session = {userId: string; sessionHash: string};
export type NodeDeps = {
  clock: Clock;
  random: Random;
  store: Store;
  faults: Faults;
  bus: Bus;
  pulseMs: number;
};
type Accept = (socket: ServerSocket) => void;
type Check = (socket: ServerSocket, next: (error?: Error & {data?: unknown}) => void) => void;

const noPresence: DeliveredPresence = {entered() {}, left() {}, shown() {}};
const broadcastEvent = 2;
const encoder = new Encoder();

export class SimulatedNode {
  readonly owner: Owner;
  readonly sockets = new Map<string, ServerSocket>();
  readonly db: Database;
  readonly broadcast: Broadcast;
  isServing = false;
  readonly #adapterOf: {adapter: Adapter};
  readonly #config: Config;
  readonly #start: () => Promise<void>;
  #accept: Accept = () => {};
  #check: Check = () => {};

  constructor(name: string, {clock, random, store, faults, bus, pulseMs}: NodeDeps) {
    this.owner = new Owner(name);
    const config = {...ofAll, PULSE_MS: pulseMs};
    this.#config = config;
    const db = new SimulatedDatabase({clock, random, store, faults, owner: this.owner}).asDatabase();
    const redis = bus.connect(this.owner).asClients();
    const namespace = {name: '/', server: {encoder}, sockets: this.sockets, adapter: {} as Adapter};
    this.#adapterOf = namespace;
    this.db = db;
    const connections = new Connections<ChatConnection>();
    const delivery = createDelivery({
      io: emitterOf(namespace) as never,
      db,
      redis,
      occupancy,
      tenants,
      tokens,
      connections,
      nodeId: name,
      config,
      createPresence: () => noPresence,
      metrics,
      log,
    });
    this.broadcast = delivery.broadcast;
    const usage = {called() {}, stored() {}, connected: () => () => {}, close: async () => {}};
    const appender = createAppender(db, {
      log,
      deadlineMs: config.SEND_DEADLINE_MS,
      onCommitted: (frames) => frames.forEach((frame) => delivery.broadcast.frame(frame)),
    });
    const node = {
      name,
      config,
      db,
      appender,
      occupancy,
      limits,
      tenants,
      broadcast: delivery.broadcast,
      presence: {...noPresence, changed() {}, setAway() {}},
      crashPoint: () => undefined,
      usage,
      metrics,
      log,
    } as unknown as Node;
    const run = createRunOperation({
      limits,
      rules: config.RATE_LIMITS,
      ceilingsOf: () => ({}),
      isOverloaded: () => false,
      ready: delivery.ready,
      lanes: createLanes(),
      usage,
      metrics,
    });
    acceptConnections(this.#serverOf(), {
      node,
      connections,
      delivery,
      slowReaders: {watch() {}, close() {}},
      addresses: {opened: () => () => undefined} as never,
      identify: {addressOf: () => '127.0.0.1'},
      dispatch: createDispatch(node, operations, run),
      handshake: (async (socket: ServerSocket, next: (error?: Error) => void) => {
        try {
          socket.data['admitted'] = await this.#admit(db, delivery.ready, socket.data['session'] as Session);
          next();
        } catch (error) {
          const wire = (error instanceof ChatError ? error : new ChatError('internal')).toWire();
          next(Object.assign(new Error(wire.message), {data: wire}));
        }
      }) as never,
    });
    this.#start = () => delivery.start();
  }

  async start(): Promise<void> {
    await this.#start();
    this.isServing = true;
  }

  /** A client's connection has arrived. */
  connect(id: string, session: Session, link: Link): void {
    const socket = new ServerSocket(id, this.owner, link, this.#adapterOf.adapter, () =>
      this.sockets.delete(id),
    );
    socket.data['session'] = session;
    this.#check(socket, (error) => {
      if (!socket.connected) return;
      if (error) {
        socket.emit('refused', error.data);
        return socket.disconnect();
      }
      this.sockets.set(id, socket);
      void this.#adapterOf.adapter.addAll(id, new Set([id]));
      socket.emit('welcome', {});
      this.#accept(socket);
    });
  }

  async #admit(
    db: Parameters<typeof checkSession>[0],
    ready: (deadlineAt: number) => Promise<void>,
    {userId, sessionHash}: Session,
  ) {
    const startedAt = performance.now();
    await ready(startedAt + this.#config.SEND_DEADLINE_MS);
    const found = await checkSession(db, {userId, sessionHash, epoch: 0});
    if (!found) throw new ChatError('unauthenticated');
    const {user, tenantId} = found;
    const identity = {user, tenantId, sessionHash, epoch: 0, expiresAt: Infinity};
    return {identity, address: '127.0.0.1', startedAt, inboxHead: 0};
  }

  #serverOf(): ChatServer {
    return {
      engine: {on: () => undefined},
      use: (check: Check) => (this.#check = check),
      on: (_event: string, accept: Accept) => (this.#accept = accept),
    } as never;
  }
}

/** Socket.IO's server, as far as delivery uses it to emit: it emits to the adapter, which is the real one. */
function emitterOf(namespace: {adapter: Adapter}) {
  const emitTo = (rooms: string[], flags: object, except: string[] = []) => ({
    emit(event: string, payload: unknown) {
      const packet = {type: broadcastEvent, data: [event, payload]};
      namespace.adapter.broadcast(packet, {rooms: new Set(rooms), except: new Set(except), flags});
    },
    except: (id: string): unknown => emitTo(rooms, flags, [...except, id]),
    to: (room: string): unknown => emitTo([...rooms, room], flags, except),
  });
  return {
    of: () => namespace,
    adapter: (create: new (of: unknown) => Adapter) => (namespace.adapter = new create(namespace)),
    to: (room: string) => emitTo([room], {}),
    local: emitTo([], {local: true}),
    emit: (event: string, payload: unknown) => emitTo([], {}).emit(event, payload),
  };
}
