import {backoffMs, wait} from './backoff.ts';
import {asCallError, CallError} from './call-error.ts';
import {checkedOrigin, checkedToken} from './client-address.ts';
import {
  Caller,
  checkEventSize,
  type CallArguments,
  type CallInput,
  type CallName,
  type CallResult,
  type Link,
  type ResultListener,
} from './calls.ts';
import {applyEvent, applyResult} from './arrivals.ts';
import {CursorKeeper, type CursorStore} from './cursor-keeper.ts';
import {Connection, type SocketIoOptions} from './connection.ts';
import {Emitter} from './emitter.ts';
import {Follow, type FollowedRoom, type FollowEvents} from './follow.ts';
import {Http, path} from './http.ts';
import {newClientId} from './client-id.ts';
import {Notifications, type NotificationEvents} from './notifications.ts';
import {
  Outbox,
  type OutboxEntry,
  type OutboxState,
  type Refusal,
  type SendContent,
  type SendResult,
} from './outbox.ts';
import {mayIn} from './permissions.ts';
import {startSession} from './session.ts';
import {SignedFiles} from './signed-files.ts';
import {Stores} from './stores.ts';
import {TokenSource, type GetToken} from './token-source.ts';
import type {DataTypes, Typed, With} from './typed-data.ts';
import {checkUploadSize, type UploadOptions} from './upload.ts';
import type {Attachment, Grant, RoomState, ServerEvents, User} from './wire.ts';

export {CallError} from './call-error.ts';
export {path} from './http.ts';
export type {CallArguments, CallInput, CallName, CallOptions, CallResult} from './calls.ts';
export type {CursorStore} from './cursor-keeper.ts';
export type {SocketIoOptions} from './connection.ts';
export type {FollowedRoom} from './follow.ts';
export type {Notifications} from './notifications.ts';
export type {Outbox, OutboxEntry, OutboxState, Refusal, SendContent, SendResult} from './outbox.ts';
export type {MembersSnapshot} from './member-stores.ts';
export type {MessagesSnapshot} from './message-stores.ts';
export type {NotificationsSnapshot} from './notification-store.ts';
export type {RoomSnapshot} from './room-stores.ts';
export type {StatusSnapshot} from './status-store.ts';
export type {Store} from './store.ts';
export type {Stores} from './stores.ts';
export type {DataTypes, Typed} from './typed-data.ts';
export type {TypingUser} from './typing-stores.ts';
export type {UploadOptions} from './upload.ts';
export type {GetToken} from './token-source.ts';
export type {Applied, HistoryRequest, SyncRequest, Timeline} from './timeline.ts';
export type * from './wire.ts';

type Watch = 'presence:watch' | 'lobby:watch';

/** `online`: the session has started, and `rooms` is complete. */
export type Status = 'offline' | 'connecting' | 'online';

export type Times = {
  /** How long a call may take, waiting for a connection included. */
  callMs: number;
  /** After what time without an acknowledgement a send is tried again. */
  sendMs: number;
  /** Each of the first two retries comes within this, later ones after ever longer times. */
  retryMs: number;
  retryMaxMs: number;
};

export type ClientOptions = {
  /** The cluster's address, such as `https://chat.example`. In a browser, the page's own if left out. */
  url?: string;
  /** A session token (`mds_…`) or service key (`mdk_…`), used instead of a cookie. */
  token?: string;
  /**
   * Gives a JWT of the product's own issuer, each time a new one is needed: for a connection, and when four fifths of the
   * last one's life are over. Instead of `token`.
   */
  getToken?: GetToken;
  /** A cookie header to begin with, such as another client's `cookie`; outside browsers only. */
  cookie?: string;
  fetch?: typeof fetch;
  /** Options of socket.io-client, such as an agent or headers. */
  socketOptions?: SocketIoOptions;
  /** What `outbox.export()` gave in an earlier life: it is sent once the same user is online again. */
  outbox?: OutboxState;
  /**
   * Where to keep how far this client has come in each room. A later client of the same user and store is told what it has
   * missed, as `message` events: a bot goes on where it ended.
   */
  cursors?: CursorStore;
  times?: Partial<Times>;
};

/** What a client tells. A name with a colon is the server's event, passed on once the client has taken it in. */
export type ClientEvents = Omit<ServerEvents, 'room:log' | keyof FollowEvents> &
  FollowEvents &
  NotificationEvents & {
    status: Status;
    /** Signed in as this user, or signed out. */
    session: User | undefined;
    /** The server does not accept this client's credential (any more), and it stops trying. */
    signedOut: CallError;
    /** An attempt to connect got no answer; another one follows. The message says why, as far as it is known here. */
    unreachable: CallError;
    /** Something in the outbox changed: the time to store `outbox.export()`. */
    outbox: readonly OutboxEntry[];
    /** A send of the outbox was refused for good: also one of an earlier life, whose promise nobody holds. */
    refused: Refusal;
  };

const defaultTimes: Times = {callMs: 10_000, sendMs: 5_000, retryMs: 1_000, retryMaxMs: 20_000};

type Changed = 'on' | 'once' | 'call' | 'send';

/** A client that knows what the product's `data` looks like: what `createClient` makes from types of it. */
export type TypedClient<Data extends DataTypes> = Typed<Omit<Client, Changed>, Data> & {
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: Typed<ClientEvents[Name], Data>) => void,
  ): () => void;
  once<Name extends keyof ClientEvents>(name: Name): Promise<Typed<ClientEvents[Name], Data>>;
  call<Name extends CallName>(
    name: Name,
    ...input: CallArguments<Name>
  ): Promise<Typed<CallResult<Name>, Data>>;
  send(roomId: string, content: string | With<SendContent, Data['message']>): Promise<SendResult>;
};

/**
 * Makes a client of a Madang cluster: it signs in, stays connected, and follows every room of its user. A product gives the
 * types of its own `data`, as in `createClient<{message: {orderId: string}}>()`, and finds them in all results and events.
 */
export function createClient(options?: ClientOptions): Client;
export function createClient<Data extends DataTypes>(options?: ClientOptions): TypedClient<Data>;
export function createClient(options: ClientOptions = {}): unknown {
  return new Client(options);
}

/** What `createClient` makes. It does nothing until it signs in or connects. */
export class Client {
  /** What is sent and not acknowledged yet. */
  readonly outbox: Outbox;
  /** What the user was notified of; empty until it is loaded. */
  readonly notifications: Notifications;
  /** What there is to show, as frozen snapshots. */
  readonly stores: Stores;
  readonly #times: Times;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #http: Http;
  readonly #tokens: TokenSource | undefined;
  readonly #caller: Caller;
  readonly #connection: Connection;
  readonly #follow: Follow;
  readonly #watched = new Set<Watch>();
  readonly #origin: string;
  readonly #files = new SignedFiles(async (ids) => (await this.call('file:sign', {ids})).files);
  readonly #cursors: CursorKeeper | undefined;
  readonly #resultListeners: ResultListener[] = [];
  #status: Status = 'offline';
  #user: User | undefined;
  #node: string | undefined;
  /** Ends what is done over HTTP for the user of now. */
  #signedIn = new AbortController();

  constructor(options: ClientOptions) {
    const {url, token, getToken, cookie, fetch, socketOptions, outbox, cursors, times} = options;
    if (token !== undefined && getToken)
      throw new TypeError('createClient takes a token or getToken, not both.');
    this.#times = {...defaultTimes, ...times};
    const origin = checkedOrigin(url);
    this.#origin = origin;
    this.#cursors = cursors && new CursorKeeper(cursors, () => this.#presentCursors());
    this.#tokens = getToken && new TokenSource(getToken);
    this.#http = new Http({
      url: origin,
      token: checkedToken(token),
      ...(this.#tokens && {tokens: this.#tokens}),
      cookie,
      fetch,
      timeoutMs: this.#times.callMs,
    });
    this.#caller = new Caller(this.#times.callMs, (...result) => this.#arrived(...result));
    this.#follow = new Follow(this.#caller, this.#times, {
      emit: (name, payload) => {
        this.#emitter.emit(name, payload as never);
        if (name === 'room' || name === 'rooms') this.#cursors?.changed();
      },
      pendingIn: (roomId) => this.outbox.inRoom(roomId),
      cursorOf: (state) => this.#cursors?.cursorOf(this.#user?.id, state),
    });
    this.notifications = new Notifications(this.#caller, this.#times, (name, payload) =>
      this.#emitter.emit(name, payload as never),
    );
    this.outbox = new Outbox(
      {
        deliver: (entry) => this.#deliver(entry),
        pause: (attempt, retryAfterMs, signal) =>
          wait(backoffMs(attempt, this.#times, {retryAfterMs}), signal),
        acknowledged: (entry, {seq}) => this.rooms.get(entry.roomId)?.timeline.acknowledge(entry, seq),
        refused: (refusal) => this.#emitter.emit('refused', refusal),
        changed: (roomId) => this.#outboxChanged(roomId),
      },
      outbox,
    );
    this.#connection = new Connection(origin, () => this.#handshake(socketOptions), this.#times, {
      ready: this.#tokens && (() => this.#http.renew()),
      canRenew: (reason) => this.#canRenew(reason),
      opened: (link, signal) => void this.#opened(link, signal),
      lost: () => this.#down('connecting'),
      refused: (error) => this.#refused(error),
      failed: (error) => this.#emitter.emit('unreachable', error),
      event: (name, payload) => this.#event(name, payload),
    });
    this.stores = new Stores(this, (listener) => void this.#resultListeners.push(listener));
  }

  get status(): Status {
    return this.#status;
  }

  /** Who this client is signed in as. */
  get user(): User | undefined {
    return this.#user;
  }

  /** The node that this client is, or last was, connected to. */
  get node(): string | undefined {
    return this.#node;
  }

  /** The cookies as a header, where no browser keeps them. */
  get cookie(): string | undefined {
    return this.#http.cookie;
  }

  /** The rooms that the user is in. */
  get rooms(): ReadonlyMap<string, FollowedRoom> {
    return this.#follow.rooms;
  }

  /** Creates an account, signs in and connects. Resolves once signed in; calls wait for the connection. */
  register(input: {username: string; password: string; displayName?: string}): Promise<User> {
    return this.#signIn('/auth/register', input);
  }

  /** Signs in and connects, as `register` does. */
  login(input: {username: string; password: string}): Promise<User> {
    return this.#signIn('/auth/login', input);
  }

  /** Signs in as a new guest and connects, as `register` does. */
  guest(input: {displayName?: string} = {}): Promise<User> {
    return this.#signIn('/auth/guest', input);
  }

  /**
   * Signs in with a ticket that the product's server made, and connects, as `register` does. Only this client holds the
   * session's token. It needs no cookie, so it works on pages of any site.
   */
  redeem(ticket: string): Promise<User> {
    return this.#signIn('/auth/ticket', {ticket, token: true});
  }

  /**
   * Signs out, here or everywhere, and forgets the rooms. Unsent messages and pending calls are rejected with
   * `unauthenticated`.
   */
  async logout(input: {everywhere?: boolean} = {}): Promise<void> {
    const wasActive = this.#connection.active;
    this.disconnect();
    try {
      await this.#http.request('POST', '/auth/logout', input);
    } catch (error) {
      if (asCallError(error).code !== 'unauthenticated') {
        if (wasActive) this.#open();
        throw error;
      }
    }
    this.#endWork(new CallError('unauthenticated', {message: 'The user signed out.'}));
    // The session has ended, so its token is useless, and beside a later cookie it would be a second credential.
    if (this.#http.token?.startsWith('mds_') === true) this.#http.token = undefined;
    this.#tokens?.forget();
    this.#watched.clear();
    this.#setUser(undefined);
  }

  /** Nothing that was begun for one user goes on for another. */
  #endWork(error: CallError): void {
    this.outbox.close(error);
    this.#signedIn.abort(error);
    this.#signedIn = new AbortController();
  }

  /** The user that this client's credential stands for. */
  async me(): Promise<User> {
    const {user} = await this.http<{user: User}>('GET', '/me');
    if (!this.outbox.isOwned) this.outbox.belongTo(user.id);
    return user;
  }

  /**
   * One HTTP request below `/api/v1` with this client's credential; undefined for an answer without content. Build paths
   * with the tag `path`, which checks what it puts in.
   */
  http<Result = unknown>(method: string, path: string, body?: unknown): Promise<Result> {
    return this.#http.request<Result>(method, path, body, this.#signedIn.signal);
  }

  /** The providers that this cluster has for signing in: a page leads to `/auth/<name>?returnTo=/path`. */
  async providers(): Promise<string[]> {
    return (await this.#http.request<{providers: string[]}>('GET', '/auth/providers')).providers;
  }

  /** Connects with the credential there is. Resolves when online; rejects when the server refuses it for good. */
  connect(): Promise<User> {
    if (this.#status === 'online' && this.#user !== undefined) return Promise.resolve(this.#user);
    return new Promise((resolve, reject) => {
      const stop = [
        this.on('signedOut', (error) => settle(() => reject(error))),
        this.on('status', (status) => {
          if (status === 'online') settle(() => resolve(this.#user!));
          if (status === 'offline')
            settle(() => reject(new CallError('unavailable', {message: 'Disconnected.'})));
        }),
      ];
      const settle = (outcome: () => void) => {
        for (const off of stop) off();
        outcome();
      };
      this.#open();
    });
  }

  /** Disconnects. Rooms, timelines and outbox stay, and the next `connect` goes on from there. */
  disconnect(): void {
    this.#connection.close();
    this.#down('offline');
    this.#cursors?.save();
  }

  /** Disconnects for good: whatever is under way is given up, and nothing more is sent. */
  close(): void {
    this.disconnect();
    this.#endWork(new CallError('unavailable', {message: 'The client was closed.', retryable: false}));
  }

  /**
   * Calls a socket operation. Throws CallError.
   *
   * A call made while connecting waits for the connection; a call made offline is refused with `unavailable`.
   */
  call<Name extends CallName>(
    name: Name,
    ...[input, options]: CallArguments<Name>
  ): Promise<CallResult<Name>> {
    return this.#caller.call(name, (input ?? {}) as CallInput<Name>, options);
  }

  /**
   * Sends a message and retries until it is stored or definitely refused; then the promise settles. Messages to one room
   * are stored in the order in which they were sent.
   */
  async send(roomId: string, content: string | SendContent): Promise<SendResult> {
    const {clientId = newClientId(), ...message} = typeof content === 'string' ? {text: content} : content;
    checkEventSize('message:send', {roomId, clientId, ...message});
    return this.outbox.add(roomId, {clientId, ...message});
  }

  /** Opens the direct conversation with a user: always the same room, for both. */
  openDirect(userId: string): Promise<RoomState> {
    return this.call('direct:open', {userId});
  }

  /**
   * Uploads an image; send the id of the attachment in the result with a message. Throws CallError. Only this user sees
   * the image before it is sent, so a failed upload may be repeated.
   */
  async upload(file: Blob & {name?: string}, options: UploadOptions = {}): Promise<Attachment> {
    checkUploadSize(file.size);
    const {name = 'image'} = file;
    const {signal: ended} = this.#signedIn;
    const signal = options.signal === undefined ? ended : AbortSignal.any([options.signal, ended]);
    const answer = await this.#http.upload<{attachment: Attachment}>('/files', file, name, {
      ...options,
      signal,
    });
    return answer.attachment;
  }

  /**
   * Whether the user may do something in a room now, such as `send` or `moderate`: by what the policy grants them there
   * (`membership.may`), unless they are muted or the room is archived. False for a room that they are not in.
   */
  may(roomId: string, grant: Grant): boolean {
    const room = this.rooms.get(roomId);
    return room !== undefined && mayIn(room.state, grant);
  }

  /**
   * An address of an image, as an `<img>` takes it. A page that signs in by a token gets one that needs no credential, and
   * shortly before that ends another one: ask again each time the image is shown.
   */
  async fileUrl(file: string | {id: string}, options: {thumbnail?: boolean} = {}): Promise<string> {
    const id = typeof file === 'string' ? file : file.id;
    const plain = path`/files/${id}`;
    const isSigned = this.#http.token !== undefined || this.#tokens !== undefined;
    if (!isSigned) return `${this.#origin}/api/v1${plain}${options.thumbnail === true ? '/thumbnail' : ''}`;
    const {url, thumbnailUrl} = await this.#files.address(id);
    return new URL(options.thumbnail === true ? thumbnailUrl : url, this.#origin).href;
  }

  /** Loads one page of history into a room's timeline; true while there is more. */
  async loadEarlier(roomId: string, limit?: number): Promise<boolean> {
    const room = this.rooms.get(roomId);
    if (room === undefined) throw new CallError('not_found');
    if (!room.timeline.hasEarlier) return false;
    const request = room.timeline.historyRequest(limit);
    const {before} = request;
    room.timeline.applyHistory(
      request,
      await this.call('message:list', {roomId, before, limit: request.limit}),
    );
    this.#emitter.emit('room', room);
    return room.timeline.hasEarlier;
  }

  /** Subscribes; the returned function unsubscribes. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: ClientEvents[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /** The payload of the next event of this name. */
  once<Name extends keyof ClientEvents>(name: Name): Promise<ClientEvents[Name]> {
    return this.#emitter.once(name);
  }

  async #signIn(path: string, input: object): Promise<User> {
    const {user, token} = await this.#http.request<{user: User; token?: string}>('POST', path, input);
    if (token !== undefined) this.#http.token = token;
    // Sends that have no user yet were meant for the user of the present connection, if any: the user of the old session.
    const isOfAnother = this.#user === undefined ? this.#connection.active : this.#user.id !== user.id;
    this.disconnect();
    if (isOfAnother) this.#endWork(new CallError('unauthenticated', {message: 'Another user signed in.'}));
    this.outbox.belongTo(user.id);
    this.#setUser(user);
    this.#open();
    return user;
  }

  #open(): void {
    if (this.#connection.active) return;
    this.#caller.detach(true);
    this.outbox.open();
    this.#setStatus('connecting');
    this.#connection.open();
  }

  #handshake(options: SocketIoOptions = {}): SocketIoOptions {
    const {token} = this.#http;
    const cookie = token === undefined ? this.cookie : undefined;
    const extraHeaders = {...options.extraHeaders, ...(cookie === undefined ? {} : {cookie})};
    return {...options, extraHeaders, ...(token === undefined ? {} : {auth: {token}})};
  }

  async #opened(link: Link, signal: AbortSignal): Promise<void> {
    const renewed = [...this.#watched];
    if (this.#cursors !== undefined && !(await this.#readCursors(this.#cursors, signal))) return;
    this.#caller.attach(link);
    try {
      await startSession(this.#caller, this.#follow, this.#times, signal, {
        arrived: ({node, user}) => {
          this.#node = node;
          this.#setUser(user);
        },
        first: ({user}) => this.outbox.start(user.id),
      });
      if (signal.aborted) return;
      this.#cursors?.settled();
      this.#connection.settled();
      this.#setStatus('online');
      void this.#keepRefreshed(signal);
      void this.notifications.resume(signal);
      for (const watch of renewed) void this.#renew(watch, signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = asCallError(error);
      if (failure.code !== 'unauthenticated') return this.#connection.retry();
      this.#connection.close();
      this.#refused(failure);
    }
  }

  /** Reads where to go on. A store that fails is asked again: without it, messages would be passed over. */
  async #readCursors(cursors: CursorKeeper, signal: AbortSignal): Promise<boolean> {
    try {
      await cursors.begin();
      return !signal.aborted;
    } catch (cause) {
      if (signal.aborted) return false;
      const message = `The store of cursors failed: ${String(cause)}`;
      this.#emitter.emit('unreachable', new CallError('unavailable', {message}));
      this.#connection.retry();
      return false;
    }
  }

  #presentCursors() {
    if (this.#user === undefined) return undefined;
    const rooms = [...this.rooms].map(([id, {timeline}]) => [id, timeline.cursor] as const);
    return {userId: this.#user.id, rooms: Object.fromEntries(rooms)};
  }

  /** A token that served before may be over; one that was just made is refused for good. */
  #canRenew(reason: string): boolean {
    if (!this.#tokens || (reason !== 'expired' && reason !== 'refused')) return false;
    const hasServed = this.#tokens.hasServed || reason === 'expired';
    this.#tokens.forget();
    return hasServed;
  }

  /** Gives the connection its next token in time. Where none is to be had, the connection ends with the one it has. */
  async #keepRefreshed(signal: AbortSignal): Promise<void> {
    const tokens = this.#tokens;
    if (!tokens) return;
    tokens.served();
    for (let attempt = 0; ;) {
      await wait(attempt === 0 ? tokens.goodForMs : backoffMs(attempt, this.#times), signal);
      if (signal.aborted) return;
      try {
        await this.#http.renew();
        await this.#caller.call('session:refresh', {token: this.#http.token!});
        tokens.served();
        attempt = 0;
      } catch {
        attempt += 1;
      }
    }
  }

  /** A watch belongs to a connection; on a new one the client watches again, and learns what it may have missed. */
  async #renew(watch: Watch, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted && this.#watched.has(watch); attempt += 1) {
      try {
        if (watch === 'lobby:watch') {
          await this.#caller.call(watch, {});
          return this.#emitter.emit('lobby:reset', {});
        }
        const {online, users} = await this.#caller.call(watch, {});
        return this.#emitter.emit('presence:changed', {online, joined: users, left: []});
      } catch (error) {
        const {retryable, retryAfterMs} = asCallError(error);
        if (!retryable) return;
        await wait(backoffMs(attempt, this.#times, {retryAfterMs}), signal);
      }
    }
  }

  #refused(error: CallError): void {
    this.#emitter.emit('signedOut', error);
    this.#down('offline');
    // Sends whose user is known wait for that user. For the others it can no longer be known.
    if (!this.outbox.isOwned) this.outbox.close(error);
    this.#setUser(undefined, 'keep');
  }

  #down(status: 'connecting' | 'offline'): void {
    this.outbox.stop();
    this.#caller.detach(status === 'connecting');
    this.#setStatus(status);
  }

  #event(name: string, payload: unknown): void {
    applyEvent(this.#follow, name, payload);
    this.notifications.arrive(name, payload);
    // The timeline announces a frame once it is applied, and an end once it takes effect.
    if (name !== 'room:log' && name !== 'room:left') this.#emitter.emit(name as never, payload as never);
  }

  #arrived(...[name, input, result]: Parameters<ResultListener>): void {
    applyResult(this.#follow, name, input, result);
    if (name === 'user:update') this.#setUser((result as CallResult<'user:update'>).user);
    if (name === 'presence:watch' || name === 'lobby:watch') this.#watched.add(name);
    if (name === 'presence:unwatch') this.#watched.delete('presence:watch');
    if (name === 'lobby:unwatch') this.#watched.delete('lobby:watch');
    for (const listener of this.#resultListeners) listener(name, input, result);
  }

  #deliver({roomId, clientId, text, attachmentIds, replyTo, data}: OutboxEntry): Promise<SendResult> {
    const content = {
      ...(text === undefined ? {} : {text}),
      ...(attachmentIds === undefined ? {} : {attachmentIds: [...attachmentIds]}),
      ...(replyTo === undefined ? {} : {replyTo}),
      ...(data === undefined ? {} : {data}),
    };
    return this.#caller.call('message:send', {roomId, clientId, ...content}, {timeoutMs: this.#times.sendMs});
  }

  #outboxChanged(roomId: string): void {
    const room = this.rooms.get(roomId);
    room?.timeline.setPending(this.outbox.inRoom(roomId));
    if (room !== undefined) this.#emitter.emit('room', room);
    this.#emitter.emit('outbox', this.outbox.entries);
  }

  /** Rooms are those of the user; a session that ended keeps them, for its user may sign in again. */
  #setUser(user: User | undefined, rooms: 'keep' | 'follow' = 'follow'): void {
    const changed = JSON.stringify(user) !== JSON.stringify(this.#user);
    this.#user = user;
    if (rooms === 'follow') {
      this.#follow.setUser(user?.id);
      this.notifications.setUser(user?.id);
    }
    if (changed) {
      this.#files.forget();
      this.#emitter.emit('session', user);
    }
  }

  #setStatus(status: Status): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#emitter.emit('status', status);
  }
}
