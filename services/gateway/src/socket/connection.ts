/** One Socket.IO connection: its user, the rooms it hears, and how it ends. */
import type {Socket as TcpSocket} from 'node:net';
import type {Socket} from 'socket.io';
import type {WebSocket} from 'ws';
import type {Database} from '@madang/database/connections/pool';
import type {ClientToServerEvents} from '@madang/protocol/calls';
import {disconnectTable, type DisconnectReason} from '@madang/protocol/disconnects';
import type {ErrorCode} from '@madang/protocol/errors';
import type {ServerEventName, ServerEventPayload, ServerToClientEvents} from '@madang/protocol/events';
import type {LeaveReason} from '@madang/protocol/log';
import type {Logger} from '@madang/runtime/log';
import type {RoomState} from '@madang/protocol/rooms';
import type {Right} from '@madang/protocol/policy';
import {ToldRights, type VersionedPolicy} from '../calls/told-rights.ts';
import type {Caller, Connection} from '../context.ts';
import {callerOf, type Identity} from '../identity/identify.ts';
import type {TokenIdentity} from '../jwt/tokens.ts';
import type {EncodedEvent} from '../delivery/encoded-event.ts';
import {gatherWrites} from './gather-writes.ts';
import type {Admitted} from './handshake.ts';
import type {Listener} from '../delivery/listener.ts';
import {socketRooms} from '../delivery/socket-rooms.ts';
import {createTarpit, type Tarpit} from '../identity/tarpit.ts';
import type {Subscriptions} from '../delivery/subscriptions.ts';

export type ChatSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** An honest client that is refused waits as long as it is told. Malformed calls are limited, so they count, too. */
const refusals = {burst: 40, perSecond: 20};

export class ChatConnection implements Connection, Listener {
  readonly id: string;
  readonly address: string;
  readonly log: Logger;
  readonly openedAt = performance.now();
  readonly subscriptions: Subscriptions;
  /** Operations that have begun and have not been answered. */
  running = 0;
  /** It has sent something that may exceed an event's size, so its events are measured from now on. */
  measuresEvents = false;
  inboxPosition: number;
  isAway = false;
  #identity: Identity;
  #closeMs: number;
  #onAway: () => void;
  #socket: ChatSocket;
  #ending: DisconnectReason | undefined;
  #written = 0;
  #lookEveryBytes = Infinity;
  #look: () => void = () => {};
  /** Almost no connection needs one. */
  #tarpit: Tarpit | undefined;
  #resuming: NodeJS.Timeout | undefined;
  readonly #rights = new ToldRights((may) => this.emit('session:may', {may}));

  constructor(
    socket: ChatSocket,
    {identity, address, inboxHead}: Admitted,
    subscriptionsOf: (listener: Listener) => Subscriptions,
    {log, closeMs, onAway}: {log: Logger; closeMs: number; onAway: () => void},
  ) {
    this.id = socket.id;
    this.address = address;
    this.inboxPosition = inboxHead;
    this.log = log.child({connectionId: socket.id, userId: identity.user.id});
    this.#socket = socket;
    this.#identity = identity;
    this.#closeMs = closeMs;
    this.#onAway = onAway;
    this.subscriptions = subscriptionsOf(this);
  }

  get userId(): string {
    return this.#identity.user.id;
  }
  get identity(): Identity {
    return this.#identity;
  }
  set identity(identity: Identity) {
    this.#identity = identity;
  }
  get caller(): Caller {
    return callerOf(this.#identity);
  }
  /** From now on no call is accepted, and nothing more is shown. */
  get hasEnded(): boolean {
    return this.#ending !== undefined || !this.#socket.connected;
  }
  get ending(): DisconnectReason | undefined {
    return this.#ending;
  }

  get rooms(): ReadonlySet<string> {
    return this.subscriptions.rooms;
  }

  subscribe(roomId: string): Promise<() => RoomState> {
    return this.subscriptions.subscribe(roomId);
  }

  subscribeNext<Read>(page: {limit: number; fromStart?: boolean; db: Database}, read: () => Promise<Read>) {
    return this.subscriptions.subscribeNext(page, read);
  }

  setAway(away: boolean): void {
    this.isAway = away;
    this.#onAway();
  }

  watch(what: 'presence' | 'lobby'): void {
    if (this.hasEnded) return;
    for (const socketRoom of this.#watching(what)) void this.#socket.join(socketRoom);
  }

  unwatch(what: 'presence' | 'lobby'): void {
    for (const socketRoom of this.#watching(what)) void this.#socket.leave(socketRoom);
  }

  /** Services hear of presence even if people do not. */
  #watching(what: 'presence' | 'lobby'): string[] {
    const {tenantId, user} = this.#identity;
    const isForService = what === 'presence' && user.kind === 'service';
    return [socketRooms[what](tenantId), ...(isForService ? [socketRooms.servicePresence(tenantId)] : [])];
  }

  applyPolicy(tenant: VersionedPolicy): void {
    this.#rights.applyPolicy(tenant, this.caller);
  }

  tellRights(): Right[] {
    return this.#rights.told();
  }

  renew(identity: TokenIdentity): void {
    if (identity.expiresAt > this.#identity.expiresAt) this.#identity = identity;
  }

  end(reason: DisconnectReason): void {
    this.revoke(reason, this.#closeMs);
  }

  leaveRoom(roomId: string, leftAt: number, reason: LeaveReason): void {
    this.subscriptions.leave(roomId, leftAt, reason);
  }

  emit<Name extends ServerEventName>(event: Name, payload: ServerEventPayload<Name>): void {
    this.#socket.emit(event, ...([payload] as never));
  }

  join(socketRoom: string): void {
    void this.#socket.join(socketRoom);
  }

  leave(socketRoom: string): void {
    void this.#socket.leave(socketRoom);
  }

  /** Tells the client why it is about to be closed; for `afterMs` it may still be served. */
  announceEnding(reason: DisconnectReason, afterMs: number): void {
    this.#socket.emit('session:ending', {reason, reconnect: disconnectTable[reason].reconnect, afterMs});
  }

  /** Ends the connection for good: it hears nothing from now on, is told the reason, and is closed after `afterMs`. */
  revoke(reason: DisconnectReason, afterMs: number): void {
    if (this.hasEnded) return;
    this.#ending = reason;
    for (const socketRoom of this.#socket.rooms) {
      if (socketRoom !== this.id) void this.#socket.leave(socketRoom);
    }
    this.announceEnding(reason, afterMs);
    setTimeout(() => {
      this.#socket.disconnect(true);
      this.#cut();
    }, afterMs);
  }

  /** Closes the transport: a client reconnects by itself. A disconnect by the server would end it for good. */
  closeTransport(reason: DisconnectReason): void {
    this.#ending ??= reason;
    this.#socket.conn.close();
  }

  terminate(reason: DisconnectReason): void {
    this.announceEnding(reason, 0);
    this.#ending ??= reason;
    this.#cut();
  }

  /** With unsent data, a close would wait for a client that may never read. */
  #cut(): void {
    if (this.#webSocket) this.#webSocket.terminate();
    else this.#engine.close(true);
  }

  show({packet, webSocketFrame}: EncodedEvent): void {
    if (this.hasEnded) return;
    const tcp = this.#idleTcpSocket();
    if (tcp) {
      this.#count(webSocketFrame.length);
      gatherWrites(tcp);
      tcp.write(webSocketFrame);
    } else this.#socket.conn.write(packet, {wsPreEncodedFrame: [webSocketFrame]} as object);
  }

  /** The TCP socket below, unless a packet waits: in Engine.IO's queue, or for Engine.IO to pass it on. */
  #idleTcpSocket(): TcpSocket | undefined {
    const {readyState, transport, writeBuffer} = this.#engine;
    const isIdle = readyState === 'open' && transport.writable && writeBuffer.length === 0;
    return isIdle && transport.socket?.readyState === 1 ? transport.socket._socket : undefined;
  }

  #count(bytes: number): void {
    this.#written += bytes;
    if (this.#written < this.#lookEveryBytes) return;
    this.#written = 0;
    this.#look();
  }

  /**
   * Calls already read are still answered. If calls are refused repeatedly, the socket is then not read for a while.
   */
  refused(code: ErrorCode): void {
    if (code !== 'rate_limited' && code !== 'overloaded') return;
    const tarpit = (this.#tarpit ??= createTarpit(refusals));
    tarpit.refused();
    const {waitMs} = this;
    const webSocket = this.#webSocket;
    if (waitMs === 0 || !webSocket) return;
    clearTimeout(this.#resuming);
    webSocket.pause();
    this.#resuming = setTimeout(() => webSocket.resume(), waitMs);
  }

  /** How long its next calls should wait before they are read, in ms. */
  get waitMs(): number {
    return this.#tarpit?.waitMs() ?? 0;
  }

  /** Calls back each time another `everyBytes` have been written to it, before the last of them is buffered. */
  onWritten(everyBytes: number, look: () => void): void {
    this.#lookEveryBytes = everyBytes;
    this.#look = look;
    this.#socket.conn.on('packetCreate', (packet: EnginePacket) => {
      // A broadcast exists both as text and as the frame to send; for a client that does not read, both would stay in
      // memory.
      if (packet.options?.wsPreEncodedFrame && this.#webSocket) packet.data = '';
      this.#count(bytesOf(packet));
    });
  }

  /** Bytes written to this connection that its reader has not taken, not counting the kernel's buffers. */
  get bufferedBytes(): number {
    let bytes = this.#webSocket?.bufferedAmount ?? 0;
    for (const packet of this.#engine.writeBuffer) bytes += bytesOf(packet);
    return bytes;
  }

  get #engine(): EngineSocket {
    return this.#socket.conn as unknown as EngineSocket;
  }

  get #webSocket() {
    return this.#engine.transport.socket;
  }
}

/** What `show` reads below Socket.IO. None of it is typed there; socket.io, engine.io and ws are pinned. */
type EngineSocket = {
  readyState: string;
  writeBuffer: EnginePacket[];
  /** With true, what is not sent yet is dropped. */
  close(discard: boolean): void;
  transport: {writable: boolean; socket?: WebSocket & {_socket: TcpSocket}};
};

/** What Engine.IO keeps of a packet until it is written. A broadcast carries its frame, made once for all. */
type EnginePacket = {data?: string | Buffer; options?: {wsPreEncodedFrame?: Buffer[]}};

function bytesOf({data, options}: EnginePacket): number {
  const frame = options?.wsPreEncodedFrame;
  if (frame) return frame.reduce((bytes, part) => bytes + part.length, 0);
  return data === undefined ? 0 : Buffer.byteLength(data);
}
