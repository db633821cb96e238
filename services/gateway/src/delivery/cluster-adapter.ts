/**
 * Carries broadcasts between nodes: the one file that wraps `@socket.io/redis-adapter`.
 *
 * - `room:log`, `signal` and `canary` are carried, never delivered here: what a node receives goes to its feeds, its
 *   signal reader or its probe, which alone decide what a socket sees. The stock adapter would write frames in order of arrival.
 * - Everything else reaches local sockets at once and other nodes through Redis; on a node that may be stale it waits
 *   (held-events.ts). The stock sharded adapter waits for Redis before it delivers locally.
 * - Redis failing neither throws (an uncaught rejection ends the process) nor queues: a broadcast that cannot be
 *   published is counted and dropped, and the pulse makes up for it.
 */
import {createShardedAdapter} from '@socket.io/redis-adapter';
import {ClusterAdapter, MessageType, type Adapter, type BroadcastOptions} from 'socket.io-adapter';
import type {Frame} from '@madang/protocol/log';
import type {Signal} from '@madang/database/delivery/pulse';
import type {RedisClients} from '@madang/redis/clients';
import type {GatewayMetrics} from '../metrics.ts';
import type {HeldEvents} from './held-events.ts';
import type {Canary} from './probe.ts';
import {socketRooms} from './socket-rooms.ts';

type Packet = {type: number; data: unknown[]};
type ClusterMessage = {
  uid?: string;
  type: MessageType;
  data: {packet: Packet; opts: {rooms: string[]; except: string[]; flags: Record<string, unknown>}};
};
/** The parts of ClusterAdapter that its subclasses use: protected there, and wrapped instead of subclassed here. */
type Carrier = Adapter & {
  uid: string;
  onRawMessage(raw: Buffer, channel: Buffer): void;
  onMessage(message: ClusterMessage, offset?: string): void;
  publishAndReturnOffset(message: ClusterMessage): Promise<string>;
  serverCount(): Promise<number>;
};

export type CarriedEvents = {
  onFrame(frame: Frame): void;
  onSignal(signal: Signal): void;
  /** Also called with this node's own canaries. */
  onCanary(canary: Canary): void;
  /** Holds what this node's sockets get unchanged. */
  held: HeldEvents;
  /** Another node's event has been shown to this node's sockets in these socketRooms. */
  onShown(event: string, payload: unknown, socketRooms: string[]): void;
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
    ['canary', carried.onCanary],
  ]);

  // Socket.IO calls this with `new`, which an arrow function refuses.
  return function clusterAdapter(namespace: unknown): Adapter {
    const adapter = createAdapter(namespace) as unknown as Carrier;
    const deliverLocally = ClusterAdapter.prototype as unknown as {broadcast: unknown};
    const inMemory = Object.getPrototypeOf(deliverLocally) as Adapter;
    const receive = adapter.onMessage.bind(adapter);
    const receiveRaw = adapter.onRawMessage.bind(adapter);
    const countServers = adapter.serverCount.bind(adapter);
    const own = Buffer.from(`{"uid":${JSON.stringify(adapter.uid)},`);

    adapter.broadcast = (packet: Packet, options: BroadcastOptions) => {
      if (!options.flags?.local && Math.random() >= dropShare) {
        adapter.publishAndReturnOffset(broadcastMessage(adapter.uid, packet, options)).catch(() => {
          metrics.publishFailures.inc();
        });
      }
      if (receivers.has(packet.data[0])) return;
      carried.held.show(() => inMemory.broadcast.call(adapter, packet, options));
    };

    const probeChannel = Buffer.from(`${channelPrefix}#/#${socketRooms.probe}#`);

    // Redis returns each publication to its sender, which recognises its own before parsing it.
    adapter.onRawMessage = (raw, channel) => {
      if (own.compare(raw, 0, own.length) !== 0 || probeChannel.equals(channel)) receiveRaw(raw, channel);
    };

    adapter.onMessage = (message, offset) => {
      const [event, payload] = message.type === MessageType.BROADCAST ? message.data.packet.data : [];
      const receiver = receivers.get(event);
      if (!receiver) {
        if (message.type !== MessageType.BROADCAST) return receive(message, offset);
        return carried.held.show(() => {
          receive(message, offset);
          carried.onShown(String(event), payload, message.data.opts.rooms);
        });
      }
      if (message.uid !== adapter.uid || event === 'canary') receiver(payload as never);
    };

    // Rejects while Redis is away; Socket.IO does not catch that everywhere it calls it.
    adapter.serverCount = () => countServers().catch(() => 1);
    return adapter;
  };
}

/** Puts the sender's uid first, where `onRawMessage` looks for it. */
function broadcastMessage(
  uid: string,
  packet: Packet,
  {rooms, except, flags}: BroadcastOptions,
): ClusterMessage {
  return {
    uid,
    type: MessageType.BROADCAST,
    data: {packet, opts: {rooms: [...rooms], except: [...(except ?? [])], flags: {...flags}}},
  };
}
