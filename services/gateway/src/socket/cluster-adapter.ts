/**
 * Carries broadcasts between nodes: the one file that wraps `@socket.io/redis-adapter`.
 *
 * - `room:log` and `signal` are carried, never delivered here: what a node receives goes to its feeds or its signal
 *   reader, which alone decide what a socket sees. The stock adapter would write frames in order of arrival.
 * - Everything else reaches local sockets at once and other nodes through Redis; on a node that may be stale it waits
 *   (held-events.ts). The stock sharded adapter waits for Redis before it delivers locally.
 * - Redis failing neither throws (an uncaught rejection ends the process) nor queues: a broadcast that cannot be
 *   published is counted and dropped, and the pulse makes up for it.
 */
import {createShardedAdapter} from '@socket.io/redis-adapter';
import {ClusterAdapter, MessageType, type Adapter, type BroadcastOptions} from 'socket.io-adapter';
import type {Frame} from '@madang/protocol/log';
import type {Signal} from '@madang/database/pulse';
import type {RedisClients} from '@madang/redis/clients';
import type {GatewayMetrics} from '../metrics.ts';
import type {HeldEvents} from './held-events.ts';

type Packet = {type: number; data: unknown[]};
type ClusterMessage = {
  uid?: string;
  type: MessageType;
  data: {packet: Packet; opts: {rooms: string[]; except: string[]; flags: Record<string, unknown>}};
};
/** The parts of ClusterAdapter that its subclasses use; protected there, and wrapped rather than subclassed here. */
type Carrier = Adapter & {
  uid: string;
  onMessage(message: ClusterMessage, offset?: string): void;
  publishAndReturnOffset(message: ClusterMessage): Promise<string>;
  serverCount(): Promise<number>;
};

export type CarriedEvents = {
  onFrame(frame: Frame): void;
  onSignal(signal: Signal): void;
  /** What goes to this node's sockets as it is. */
  held: HeldEvents;
};

export function createClusterAdapter(
  clients: RedisClients,
  channelPrefix: string,
  carried: CarriedEvents,
  metrics: GatewayMetrics,
  dropShare: number,
) {
  const createAdapter = createShardedAdapter(clients.publisher, clients.subscriber, {
    channelPrefix,
    subscriptionMode: 'dynamic',
  });
  const receivers = new Map<unknown, (payload: never) => void>([
    ['room:log', carried.onFrame],
    ['signal', carried.onSignal],
  ]);

  // Socket.IO calls this with `new`, which an arrow function refuses.
  return function clusterAdapter(namespace: unknown): Adapter {
    const adapter = createAdapter(namespace) as unknown as Carrier;
    const deliverLocally = ClusterAdapter.prototype as unknown as {broadcast: unknown};
    const inMemory = Object.getPrototypeOf(deliverLocally) as Adapter;
    const receive = adapter.onMessage.bind(adapter);
    const countServers = adapter.serverCount.bind(adapter);

    adapter.broadcast = (packet: Packet, options: BroadcastOptions) => {
      if (!options.flags?.local && Math.random() >= dropShare) {
        adapter.publishAndReturnOffset(broadcastMessage(packet, options)).catch(() => {
          metrics.publishFailures.inc();
        });
      }
      const deliver = () => inMemory.broadcast.call(adapter, packet, options);
      const event = packet.data[0];
      if (!receivers.has(event)) carried.held.show(deliver);
      // What a feed delivers: it knows by itself when it may.
      else if (options.flags?.local) deliver();
    };

    adapter.onMessage = (message, offset) => {
      const [event, payload] = message.type === MessageType.BROADCAST ? message.data.packet.data : [];
      const receiver = receivers.get(event);
      if (!receiver) {
        if (message.type !== MessageType.BROADCAST) return receive(message, offset);
        return carried.held.show(() => receive(message, offset));
      }
      if (message.uid !== adapter.uid) receiver(payload as never);
    };

    // Rejects while Redis is away; Socket.IO does not catch that everywhere it asks.
    adapter.serverCount = () => countServers().catch(() => 1);
    return adapter;
  };
}

function broadcastMessage(packet: Packet, {rooms, except, flags}: BroadcastOptions): ClusterMessage {
  return {
    type: MessageType.BROADCAST,
    data: {packet, opts: {rooms: [...rooms], except: [...(except ?? [])], flags: {...flags}}},
  };
}
