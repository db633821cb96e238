/**
 * Subscribes to sharded channels of a Cluster: each at the primary of its slot, over one connection to each primary.
 *
 * It compares what is wanted with what the connections hold, and subscribes until both agree: whenever a connection is
 * new, an owner has changed, Redis has ended a subscription, and each second. ioredis' own sharded subscribers try once:
 * a subscription that is refused during a failover, or ended when its slot moves, is missing for good.
 */
import {EventEmitter, once} from 'node:events';
import type {Login} from '@madang/runtime/redis-servers';
import {slotOf} from './slot.ts';
import {Redis, type RedisOptions} from 'ioredis';
import {backoff, catchRejections, firstAttempt, quit} from './link.ts';
import type {LinkEvents, Topology} from './link.ts';

type Shard = {connection: Redis; asked: Set<string>};

export class ClusterSubscriber extends EventEmitter {
  readonly #topology: Topology;
  readonly #options: RedisOptions;
  readonly #events: LinkEvents;
  /** The wanted channels, and their slots. */
  readonly #channels = new Map<string, number>();
  /** By `host:port`. */
  readonly #shards = new Map<string, Shard>();
  #isClosed = false;
  /** Whether all wanted channels had been asked for when that was last looked at. */
  #isWhole = true;

  constructor(topology: Topology, options: RedisOptions, events: LinkEvents) {
    super();
    this.#topology = topology;
    this.#options = options;
    this.#events = events;
    topology.onRefresh(() => this.settle());
  }

  /** Begins to connect. Settles when each connection is up or its first attempt has failed. */
  async open(): Promise<void> {
    this.settle();
    await Promise.all(
      [...this.#shards.values()].map(async ({connection}) => {
        if (connection.status === 'ready') return;
        await firstAttempt(() => once(connection, 'ready'), once(connection, 'close'));
      }),
    );
  }

  ssubscribe(channel: string): Promise<unknown> {
    const slot = slotOf(channel);
    this.#channels.set(channel, slot);
    this.#ask(this.#shardOf(slot), channel);
    return Promise.resolve();
  }

  sunsubscribe(channel: string): Promise<unknown> {
    this.#channels.delete(channel);
    for (const {connection, asked} of this.#shards.values()) {
      if (!asked.delete(channel) || connection.status !== 'ready') continue;
      connection.sunsubscribe(channel).catch(() => undefined);
    }
    return Promise.resolve();
  }

  /** A connection is first in, first out: its answer comes after those of the subscriptions asked for before. */
  async ping(): Promise<unknown> {
    const all = [...this.#shards.values()];
    await Promise.all(all.map(({connection}) => connection.ping()));
    if (!this.isComplete()) throw new Error('not every channel is subscribed');
    return 'PONG';
  }

  /** Whether each primary is connected, and each wanted channel is subscribed or about to be. */
  isComplete(): boolean {
    const owners = this.#topology.owners();
    if (owners.length === 0) return false;
    return this.#isWhole && owners.every((owner) => this.#shards.get(owner)?.connection.status === 'ready');
  }

  /** Makes the connections and subscriptions those that are wanted. */
  settle(): void {
    if (this.#isClosed) return;
    const owners = new Set(this.#topology.owners());
    for (const owner of owners) if (!this.#shards.has(owner)) this.#open(owner);
    for (const shard of this.#shards.values()) forgetEnded(shard);
    this.#isWhole = true;
    for (const [channel, slot] of this.#channels) {
      const shard = this.#shardOf(slot);
      if (!shard?.asked.has(channel)) this.#ask(shard, channel);
    }
    for (const [key, {connection}] of this.#shards) {
      if (owners.size === 0 || owners.has(key)) continue;
      this.#shards.delete(key);
      connection.disconnect();
    }
    this.#events.onChange();
  }

  watch(login: Login): void {
    Object.assign(this.#options, login);
    for (const {connection} of this.#shards.values()) {
      Object.assign(connection.options, login);
      if (connection.status === 'ready') void connection.ping();
    }
    this.settle();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#shards.values()];
    await Promise.all(all.map(({connection}) => quit(connection, connection.status === 'ready')));
  }

  #shardOf(slot: number): Shard | undefined {
    return this.#shards.get(this.#topology.ownerOf(slot) ?? '');
  }

  #open(key: string): void {
    const at = key.lastIndexOf(':');
    const connection = new Redis({
      ...this.#options,
      host: key.slice(0, at),
      port: Number(key.slice(at + 1)),
      lazyConnect: true,
      // What is wanted may belong to another node by then: `settle` subscribes.
      autoResubscribe: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: backoff,
    });
    const shard: Shard = {connection, asked: new Set()};
    this.#shards.set(key, shard);
    catchRejections(connection, (error) => this.#events.onFault(error, key));
    connection.on('error', (error: Error) => this.#events.onFault(error, key));
    connection.on('ready', () => this.settle());
    // Redis has ended a subscription, or refused one: the slot has another owner.
    connection.on('moved', () => {
      this.#topology.refresh();
      this.settle();
    });
    connection.on('close', () => {
      shard.asked.clear();
      this.#topology.refresh();
      this.#events.onChange();
    });
    connection.on('smessage', (channel: string, text: string) => this.emit('smessage', channel, text));
    connection.on('smessageBuffer', (channel: Buffer, text: Buffer) =>
      this.emit('smessageBuffer', channel, text),
    );
    void connection.connect().catch(() => undefined);
  }

  #ask(shard: Shard | undefined, channel: string): void {
    if (shard?.connection.status !== 'ready') return void (this.#isWhole = false);
    shard.asked.add(channel);
    shard.connection.ssubscribe(channel).catch(() => {
      shard.asked.delete(channel);
      this.#isWhole = false;
      this.#topology.refresh();
    });
  }
}

/** Forgets what was asked for and answered, but is not held: Redis has ended it. */
function forgetEnded({connection, asked}: Shard): void {
  if (connection.commandQueue.length > 0) return;
  const held = new Set(
    connection.condition?.subscriber ? connection.condition.subscriber.channels('ssubscribe') : [],
  );
  for (const channel of asked) if (!held.has(channel)) asked.delete(channel);
}
