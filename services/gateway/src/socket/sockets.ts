/** WebSocket connections from handshake to end, and the parts that watch the open ones. */
import {readInboxHead} from '@madang/database/notifications/notifications';
import type {ConnectionPlaces} from '@madang/redis/connection-places';
import type {WeightOf} from '@madang/runtime/fair-queue';
import {FairRate} from '@madang/runtime/fair-rate';
import type {Node} from '../node.ts';
import type {Connections} from '../delivery/connections.ts';
import type {ChatConnection} from './connection.ts';
import type {Identify} from '../identity/identify.ts';
import type {Lane} from '../lanes/lane.ts';
import type {Operation} from '../calls/operation.ts';
import type {RunOperation} from '../calls/run-operation.ts';
import {AddressCounts} from './address-counts.ts';
import {createDispatch} from './dispatch.ts';
import {drainConnections} from './drain.ts';
import {createHandshake} from './handshake.ts';
import {acceptConnections, type ChatServer, type ConnectionDelivery} from './server.ts';
import {keepSessions} from './session-keeper.ts';
import {watchSlowReaders} from './slow-readers.ts';

export type SocketsOptions = {
  io: ChatServer;
  node: Node;
  connections: Connections<ChatConnection>;
  delivery: ConnectionDelivery & {ready(deadlineAt: number): Promise<void>};
  identify: Identify;
  operations: readonly Operation[];
  run: RunOperation;
  lane: Lane;
  places: Pick<ConnectionPlaces, 'take'>;
  weightOf: WeightOf;
};

export function serveSockets({
  io,
  node,
  connections,
  delivery,
  identify,
  operations,
  run,
  lane,
  places,
  weightOf,
}: SocketsOptions) {
  const {config, db, limits, metrics, log} = node;
  const addresses = new AddressCounts();
  const slowReaders = watchSlowReaders(connections, metrics, {
    bytes: config.SLOW_READER_BYTES,
    sweepMs: config.SLOW_READER_SWEEP_MS,
  });
  const handshake = createHandshake({
    identify,
    limits,
    rules: config.RATE_LIMITS,
    lane,
    admission: new FairRate({perSecond: config.HANDSHAKES_PER_SECOND, weightOf}),
    openFrom: (address) => addresses.of(address),
    perAddress: config.CONNECTIONS_PER_ADDRESS,
    tenantOf: node.tenants.get,
    places,
    ready: delivery.ready,
    readyWithinMs: config.SEND_DEADLINE_MS,
    inboxHead: (userId) => readInboxHead(db, userId),
    audit: node.audit,
    metrics,
    log,
  });
  const dispatch = createDispatch(node, operations, run);
  acceptConnections(io, {
    node,
    connections,
    delivery,
    slowReaders,
    addresses,
    identify,
    dispatch,
    handshake,
  });
  const sessionKeeper = keepSessions(connections, identify, log);

  return {
    /** Hands the clients over to other nodes; resolves once none is left, at the latest after `limitMs`. */
    async drain(limitMs: number): Promise<void> {
      await drainConnections(connections, limitMs);
      slowReaders.close();
      sessionKeeper.close();
    },
  };
}
