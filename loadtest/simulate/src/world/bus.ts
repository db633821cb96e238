/** Redis, as far as broadcasts need it: channels, at most once in theory, and here also twice, late and in any order. */
import type {RedisClients} from '@madang/redis/clients';
import type {Random} from '@madang/verify/random';
import type {Clock} from './clock.ts';
import {Owner} from './task-queue.ts';
import type {Faults} from './faults.ts';

type Receive = (event: string, channel: Buffer, message: Buffer) => void;

export class Bus {
  readonly owner = new Owner('redis');
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #channels = new Map<string, Set<BusClient>>();
  readonly #clients = new Set<BusClient>();

  constructor(clock: Clock, random: Random, faults: Faults) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
  }

  connect(owner: Owner): BusClient {
    const client = new BusClient(this, this.#clock, owner);
    this.#clients.add(client);
    return client;
  }

  get isDown(): boolean {
    return this.#faults.isRedisDown;
  }

  get travelMs(): number {
    return this.#random.between(0.1, 2);
  }

  subscribe(channel: string, client: BusClient): void {
    const clients = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, clients);
    clients.add(client);
  }

  unsubscribe(channel: string, client: BusClient): void {
    this.#channels.get(channel)?.delete(client);
  }

  publish(channel: string, message: string): void {
    for (const client of this.#channels.get(channel) ?? []) {
      if (this.#random.next() < this.#faults.loss) continue;
      this.#deliver(client, channel, message);
      if (this.#random.next() < this.#faults.doubles) this.#deliver(client, channel, message);
    }
  }

  #deliver(client: BusClient, channel: string, message: string): void {
    const late = this.#random.next() < 0.05 ? this.#faults.busMs * 10 : 0;
    const delayMs = 0.1 + this.#random.next() * this.#faults.busMs + this.#random.next() * late;
    this.#clock.schedule(client.owner, delayMs, () => client.receive(channel, message));
  }

  goDown(): void {
    this.#faults.isRedisDown = true;
    this.#channels.clear();
    for (const client of this.#clients) client.lose(this.#random.between(0, 500));
  }

  comeBack(): void {
    this.#faults.isRedisDown = false;
    for (const client of this.#clients) client.find(this.#random.between(1, 800));
  }
}

/** The connections of one node. Its subscriber's commands arrive in order. */
export class BusClient {
  readonly owner: Owner;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #subscribed = new Set<string>();
  #isUp = true;
  #lastAt = 0;
  #receive: Receive | undefined;
  readonly #onUp = new Set<() => void>();
  readonly #onDown = new Set<() => void>();

  constructor(bus: Bus, clock: Clock, owner: Owner) {
    this.#bus = bus;
    this.#clock = clock;
    this.owner = owner;
  }

  receive(channel: string, message: string): void {
    if (this.#isUp && this.#subscribed.has(channel)) {
      this.#receive?.('smessageBuffer', Buffer.from(channel), Buffer.from(message));
    }
  }

  lose(afterMs: number): void {
    this.#clock.schedule(this.owner, afterMs, () => {
      if (!this.#bus.isDown || !this.#isUp) return;
      this.#isUp = false;
      for (const listener of this.#onDown) listener();
    });
  }

  find(afterMs: number): void {
    this.#clock.schedule(this.owner, afterMs, () => {
      if (this.#bus.isDown) return;
      this.#isUp = true;
      for (const channel of this.#subscribed) this.#inOrder(() => this.#bus.subscribe(channel, this));
      for (const listener of this.#onUp) listener();
    });
  }

  asClients(): RedisClients {
    const publisher = {
      spublish: (channel: string, message: string) => this.#publish(channel, message),
    };
    const subscriber = {
      ssubscribe: async (channel: string) => {
        this.#subscribed.add(channel);
        this.#inOrder(() => this.#bus.subscribe(channel, this));
      },
      sunsubscribe: async (channel: string) => {
        this.#subscribed.delete(channel);
        this.#inOrder(() => this.#bus.unsubscribe(channel, this));
      },
      on: (_event: string, receive: (channel: Buffer, message: Buffer) => void) => {
        this.#receive = (_, channel, message) => receive(channel, message);
      },
      ping: () => new Promise<void>((resolve) => this.#inOrder(() => this.#answer(resolve))),
    };
    return {
      keys: {adapter: 'sim'},
      publisher,
      subscriber,
      isUp: () => this.#isUp,
      onUp: (listener: () => void) => this.#listen(this.#onUp, listener),
      onDown: (listener: () => void) => this.#listen(this.#onDown, listener),
    } as unknown as RedisClients;
  }

  #listen(listeners: Set<() => void>, listener: () => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  async #publish(channel: string, message: string): Promise<void> {
    if (!this.#isUp) throw new Error('Redis is away');
    this.#clock.schedule(this.#bus.owner, this.#bus.travelMs, () => {
      if (!this.#bus.isDown) this.#bus.publish(channel, message);
    });
  }

  #inOrder(arrive: () => void): void {
    this.#lastAt = Math.max(this.#lastAt, this.#clock.now + this.#bus.travelMs);
    this.#clock.schedule(this.#bus.owner, this.#lastAt - this.#clock.now, () => {
      if (!this.#bus.isDown) arrive();
    });
  }

  #answer(resolve: () => void): void {
    this.#clock.schedule(this.owner, this.#bus.travelMs, resolve);
  }
}
