/** A connection as Socket.IO's server gives it to the gateway, with the link instead of engine and WebSocket. */
import type {Adapter} from 'socket.io-adapter';
import type {End, Link} from './link.ts';
import type {Owner} from './task-queue.ts';

type Listener = (...args: unknown[]) => void;
type Packet = {event: string; input: unknown; call: number};

export class ServerSocket implements End {
  readonly id: string;
  readonly owner: Owner;
  readonly data: Record<string, unknown> = {};
  readonly handshake = {headers: {}, auth: {}};
  readonly rooms = new Set<string>();
  connected = true;
  readonly #link: Link;
  readonly #adapter: Adapter;
  readonly #onClosed: () => void;
  readonly #listeners = new Map<string, Listener>();
  #onAny: Listener | undefined;

  /** Engine.IO's socket. It is never idle, so that every packet takes the same path. */
  readonly conn = {
    readyState: 'open',
    remoteAddress: '127.0.0.1',
    writeBuffer: [],
    transport: {writable: false},
    on: () => undefined,
    prependListener: () => undefined,
    write: (packet: string) => this.writePacket(packet),
    close: () => this.#link.close(1),
  };
  /** The object that the adapter writes to. */
  readonly client = {
    writeToEngine: (packets: string[]) => packets.forEach((packet) => this.writePacket(packet)),
  };

  constructor(id: string, owner: Owner, link: Link, adapter: Adapter, onClosed: () => void) {
    this.id = id;
    this.owner = owner;
    this.#link = link;
    this.#adapter = adapter;
    this.#onClosed = onClosed;
    link.attach(1, this);
  }

  writePacket(packet: string): void {
    this.#link.send(1, packet.slice(1));
  }

  emit(event: string, payload: unknown): void {
    this.#link.send(1, JSON.stringify([event, payload]));
  }

  join(room: string): void {
    this.rooms.add(room);
    void this.#adapter.addAll(this.id, new Set([room]));
  }

  leave(room: string): void {
    this.rooms.delete(room);
    void this.#adapter.del(this.id, room);
  }

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, listener);
  }

  onAny(listener: Listener): void {
    this.#onAny = listener;
  }

  disconnect(): void {
    this.#link.close(1);
  }

  receive(message: unknown): void {
    if (!this.connected) return;
    const {event, input, call} = message as Packet;
    this.#onAny?.(event, input, (answer: unknown) =>
      this.#link.send(1, JSON.stringify(['answer', {call, answer}])),
    );
  }

  closed(): void {
    if (!this.connected) return;
    this.connected = false;
    this.conn.readyState = 'closed';
    this.#adapter.delAll(this.id);
    this.#onClosed();
    this.#listeners.get('disconnect')?.('transport close');
  }
}
