import {backoffMs, wait} from './backoff.ts';
import {asCallError, CallError} from './call-error.ts';
import {checkedAddress, checkedToken} from './client-address.ts';
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
import {CursorKeeper} from './cursor-keeper.ts';
import {
  defaultTimes,
  type ClientEvents,
  type ClientOptions,
  type Status,
  type Times,
} from './client-options.ts';
import {Connection, type SocketIoOptions} from './connection.ts';
import {Emitter} from './emitter.ts';
import {deliver} from './deliver.ts';
import {DetachedPages} from './detached-pages.ts';
import type {DetachedPage} from './detached-page.ts';
import {Files} from './files.ts';
import {Follow, type FollowedRoom} from './follow.ts';
import {Http, path} from './http.ts';
import {newClientId} from './client-id.ts';
import {Notifications} from './notifications.ts';
import {Outbox, type SendContent, type SendResult} from './outbox.ts';
import {mayIn, rightsIn} from './permissions.ts';
import {startSession} from './session.ts';
import {Stores} from './stores.ts';
import {keepTokenFresh} from './token-refresh.ts';
import {TokenSource} from './token-source.ts';
import type {DataTypes, Typed, With} from './typed-data.ts';
import type {UploadOptions} from './upload.ts';
import {Watches} from './watches.ts';
import type {Attachment, Calls, Frame, Grant, Message, Right, RoomState, ServerEvents, User} from './wire.ts';

export {CallError} from './call-error.ts';
export {path} from './http.ts';
export type {CallArguments, CallInput, CallName, CallOptions, CallResult} from './calls.ts';
export type {ClientEvents, ClientOptions, Status, Times} from './client-options.ts';
export type {CursorStore} from './cursor-keeper.ts';
export type {DetachedPage, DetachedSnapshot} from './detached-page.ts';
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
export type {ThreadSnapshot, ThreadStore} from './thread-stores.ts';
export type {DataTypes, Typed} from './typed-data.ts';
export type {TypingUser} from './typing-stores.ts';
export type {UploadOptions} from './upload.ts';
export type {GetToken} from './token-source.ts';
export type {Applied, HistoryRequest, SyncRequest, Timeline} from './timeline.ts';
export type * from './wire.ts';

type Changed = 'on' | 'once' | 'call' | 'send';

/** A client that knows the types of the product's `data`. `createClient` returns one when called with type arguments. */
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
 * Creates a client of a Madang cluster. It signs in, stays connected and follows every room of its user.
 *
 * A product can give the types of its own `data`, as in `createClient<{message: {orderId: string}}>()`. All results and
 * events then have these types.
 */
export function createClient(options?: ClientOptions): Client;
export function createClient<Data extends DataTypes>(options?: ClientOptions): TypedClient<Data>;
export function createClient(options: ClientOptions = {}): unknown {
  return new Client(options);
}

/** Created by `createClient`. It does nothing until it signs in or connects. */
export class Client {
  /** Messages that the server has not acknowledged yet. */
  readonly outbox: Outbox;
  /** The user's notifications, which are empty until they are loaded. */
  readonly notifications: Notifications;
  /** Frozen snapshots of everything that a UI shows. */
  readonly stores: Stores;
  readonly #times: Times;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #http: Http;
  readonly #tokens: TokenSource | undefined;
  readonly #caller: Caller;
  readonly #connection: Connection;
  readonly #follow: Follow;
  readonly #watches: Watches;
  readonly #files: Files;
  readonly #detached: DetachedPages;
  readonly #cursors: CursorKeeper | undefined;
  readonly #resultListeners: ResultListener[] = [];
  #status: Status = 'offline';
  #user: User | undefined;
  #node: string | undefined;
  #rights: readonly Right[] | undefined;
  #blocked: ReadonlySet<string> = new Set();
  /** Aborts the current user's HTTP requests. */
  #signedIn = new AbortController();

  constructor(options: ClientOptions) {
    const {url, token, getToken, cookie, fetch, socketOptions, outbox, cursors, times} = options;
    if (token !== undefined && getToken)
      throw new TypeError('createClient takes a token or getToken, not both.');
    this.#times = {...defaultTimes, ...times};
    const address = checkedAddress(url);
    this.#cursors = cursors && new CursorKeeper(cursors, () => this.#presentCursors());
    this.#tokens = getToken && new TokenSource(getToken);
    this.#http = new Http({
      url: address,
      token: checkedToken(token),
      ...(this.#tokens && {tokens: this.#tokens}),
      cookie,
      fetch,
      timeoutMs: this.#times.callMs,
    });
    this.#caller = new Caller(this.#times.callMs, (...result) => this.#arrived(...result));
    this.#files = new Files({
      http: this.#http,
      address,
      sign: async (ids) => (await this.call('file:sign', {ids})).files,
      hasToken: () => this.#http.token !== undefined || this.#tokens !== undefined,
    });
    this.#detached = new DetachedPages(this);
    this.#watches = new Watches(this.#caller, this.#times, (name, payload) =>
      this.#emitter.emit(name, payload as never),
    );
    this.#follow = new Follow(this.#caller, this.#times, {
      emit: (name, payload) => {
        this.#emitter.emit(name, payload as never);
        if (name === 'room' || name === 'rooms') this.#cursors?.changed();
        if (name === 'frame') {
          forgetDeleted(this.notifications, payload as Frame);
          this.#detached.take(payload as Frame);
        }
        if (name === 'room') {
          const {id, timeline} = payload as FollowedRoom;
          this.#detached.follow(id, timeline.cursor.epoch);
        }
        if (name === 'room:left') this.notifications.forget((payload as ServerEvents['room:left']).roomId);
      },
      pendingIn: (roomId) => this.outbox.inRoom(roomId),
      cursorOf: (state) => this.#cursors?.cursorOf(this.#user?.id, state),
    });
    this.notifications = new Notifications(this.#caller, this.#times, (name, payload) =>
      this.#emitter.emit(name, payload as never),
    );
    this.outbox = new Outbox(
      {
        deliver: (entry) => deliver(this.#caller, entry, this.#times.sendMs),
        pause: (attempt, retryAfterMs, signal) =>
          wait(backoffMs(attempt, this.#times, {retryAfterMs}), signal),
        acknowledged: (entry, {seq}) => this.rooms.get(entry.roomId)?.timeline.acknowledge(entry, seq),
        refused: (refusal) => this.#emitter.emit('refused', refusal),
        changed: (roomId) => this.#outboxChanged(roomId),
      },
      outbox,
    );
    this.#connection = new Connection(address, () => this.#handshake(socketOptions), this.#times, {
      ready: this.#tokens && (() => this.#http.renew()),
      canRenew: (reason) => this.#tokens?.canRenew(reason) ?? false,
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

  /** The user that this client is signed in as. */
  get user(): User | undefined {
    return this.#user;
  }

  /** What the user may do outside rooms. */
  get rights(): readonly Right[] | undefined {
    return this.#rights;
  }

  /** The ids of the users whom this user blocks, as of the last session start and the calls of this client. */
  get blocked(): ReadonlySet<string> {
    return this.#blocked;
  }

  /** The node that this client is, or last was, connected to. */
  get node(): string | undefined {
    return this.#node;
  }

  /** The cookies as a header. Undefined in a browser, which keeps them itself. */
  get cookie(): string | undefined {
    return this.#http.cookie;
  }

  /** The rooms in which the user is a member. */
  get rooms(): ReadonlyMap<string, FollowedRoom> {
    return this.#follow.rooms;
  }

  /**
   * Creates an account, signs in and connects. Resolves once signed in; calls wait for the connection. With `keep`, the
   * guest who is signed in becomes the account; unsent messages are sent as before.
   */
  register(input: {username: string; password: string; displayName?: string; keep?: boolean}): Promise<User> {
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
   * Signs in with a ticket from the product's server, and connects, as `register` does. The session's token stays in this
   * client. No cookie is set, so this works on pages of any site.
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
    // The session has ended, so its token is useless. Beside a later cookie it would be a second credential.
    if (this.#http.token?.startsWith('mds_') === true) this.#http.token = undefined;
    this.#tokens?.forget();
    this.#watches.clear();
    this.#setUser(undefined);
  }

  /** Ends all work that was begun for the user, so that none of it continues for another user. */
  #endWork(error: CallError): void {
    this.outbox.close(error);
    this.#signedIn.abort(error);
    this.#signedIn = new AbortController();
  }

  /** Reads the user that this client's credential belongs to. */
  async me(): Promise<User> {
    const {user} = await this.http<{user: User}>('GET', '/me');
    if (!this.outbox.isOwned) this.outbox.belongTo(user.id);
    return user;
  }

  /**
   * Sends an HTTP request below `/api/v1` with this client's credential. Returns undefined for an answer without content.
   * Build paths with the tag `path`, which checks and encodes the values.
   */
  http<Result = unknown>(method: string, path: string, body?: unknown): Promise<Result> {
    return this.#http.request<Result>(method, path, body, this.#signedIn.signal);
  }

  /** Lists the sign-in providers of this cluster. To use one, link to `/auth/<name>?returnTo=/path`. */
  async providers(): Promise<string[]> {
    return (await this.#http.request<{providers: string[]}>('GET', '/auth/providers')).providers;
  }

  /**
   * Connects with the current credential. Resolves when online, and rejects when the server refuses the credential for
   * good.
   */
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

  /** Disconnects. Rooms, timelines and outbox stay, and the next `connect` continues from them. */
  disconnect(): void {
    this.#connection.close();
    this.#down('offline');
    this.#cursors?.save();
  }

  /** Disconnects for good. Pending sends and requests are rejected, and the client sends nothing more. */
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
   * Sends a message, and retries until the server has stored it or refused it for good. Then the promise settles. The
   * server stores the messages to one room in the order in which they were sent.
   */
  async send(roomId: string, content: string | SendContent): Promise<SendResult> {
    const {clientId = newClientId(), ...message} = typeof content === 'string' ? {text: content} : content;
    checkEventSize('message:send', {roomId, clientId, ...message});
    return this.outbox.add(roomId, {clientId, ...message});
  }

  /**
   * Puts an emoji on a message, or takes it back. The room's messages show it at once, and as before if the server refuses:
   * then this throws CallError.
   */
  async react(roomId: string, seq: number, emoji: string, on = true): Promise<void> {
    const room = this.rooms.get(roomId);
    if (room === undefined) throw new CallError('not_found');
    const holders = [room.timeline, ...this.#detached.in(roomId)];
    const settles = holders.map((holder) => holder.react({seq, emoji, on}));
    this.#emitter.emit('room', room);
    let answer: CallResult<'reaction:set'> | undefined;
    try {
      answer = await this.call('reaction:set', {roomId, seq, emoji, on});
    } finally {
      for (const settle of settles) settle(answer);
      this.#emitter.emit('room', room);
    }
  }

  /**
   * Sets whether nobody is at this client. The user is away once all of their connections are. Each new connection of this
   * client is set the same.
   */
  setAway(away: boolean): Promise<void> {
    return this.#watches.setAway(away);
  }

  /** Blocks or unblocks a user. A blocked user cannot write in the direct room with this user, and causes no notices. */
  async block(userId: string, on = true): Promise<void> {
    await this.call('user:block', {userId, on});
    const blocked = new Set(this.#blocked);
    if (on) blocked.add(userId);
    else blocked.delete(userId);
    this.#blocked = blocked;
  }

  /** Looks up users by their ids, at most 100. Users whom this user may not see are left out. */
  async users(userIds: readonly string[]): Promise<User[]> {
    return (await this.call('user:get', {userIds: [...userIds]})).users;
  }

  /**
   * Pins or unpins a message: for moderators, and in a direct room for both users. The room's messages show it once the log
   * has brought it. May be repeated. Throws CallError.
   */
  async pin(roomId: string, seq: number, on = true): Promise<void> {
    await this.call('message:pin', {roomId, seq, on});
  }

  /**
   * Searches the messages that this user may read, page by page, roughly newest first. Each message comes once. Leaving the
   * loop ends the search. Throws CallError; after `overloaded` a retry may succeed.
   */
  async *search(input: Omit<CallInput<'message:search'>, 'after'>): AsyncGenerator<Message, void> {
    const seen = new Set<string>();
    let after: string | undefined;
    do {
      const page: CallResult<'message:search'> = await this.call('message:search', {...input, after});
      for (const hit of page.hits) {
        const key = `${hit.roomId} ${hit.seq}`;
        if (seen.has(key)) continue;
        seen.add(key);
        yield hit;
      }
      after = page.next;
    } while (after !== undefined);
  }

  /** Makes a link into a room. `url` is a path on the cluster and is returned only here. A repeat makes another link. */
  invite(
    roomId: string,
    options: {expiresInS: number; uses?: number},
  ): Promise<Calls['invite:create']['result']> {
    return this.call('invite:create', {roomId, ...options});
  }

  /** Becomes a member by the token of a link. The room follows by itself. */
  acceptInvite(token: string): Promise<RoomState> {
    return this.http<RoomState>('POST', path`/invites/${token}`);
  }

  /** Reports a message to those who moderate the room. A repeat is the same report. */
  async report(roomId: string, seq: number, reason: string): Promise<void> {
    await this.call('report:create', {roomId, seq, reason});
  }

  /** Opens the direct conversation with a user. It is always the same room for both users. */
  openDirect(userId: string): Promise<RoomState> {
    return this.call('direct:open', {userId});
  }

  /**
   * Uploads an image. To show it, send a message with the id of the returned attachment. Until then only this user can see
   * the image, so a failed upload may be repeated. Throws CallError.
   */
  upload(file: Blob & {name?: string}, options: UploadOptions = {}): Promise<Attachment> {
    return this.#files.upload(file, this.#signedIn.signal, options);
  }

  /**
   * Whether the user may now do something in a room, such as `send` or `moderate`. The policy decides (`membership.may`),
   * and a muted user or an archived room restricts it further. Returns false for a room in which the user is not a member.
   */
  may(roomId: string, grant: Grant): boolean;
  /**
   * Whether the user may do something outside rooms, such as `createPublic` or `direct`. Returns false before the first
   * session.
   */
  may(right: Right): boolean;
  may(of: string, grant?: Grant): boolean {
    if (grant === undefined) return this.rights?.includes(of as Right) ?? false;
    const room = this.rooms.get(of);
    return room !== undefined && mayIn(room.state, grant);
  }

  /**
   * Returns the address of an image for an `<img>`. A client with a token gets a signed address, which needs no credential
   * and expires. Ask again each time the image is shown: an address that is about to expire is replaced.
   */
  fileUrl(file: string | {id: string}, options: {thumbnail?: boolean} = {}): Promise<string> {
    return this.#files.url(typeof file === 'string' ? file : file.id, options.thumbnail === true);
  }

  /** Loads one page of earlier messages into a room's timeline. Returns whether there are more. */
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

  /**
   * Opens the history around a message, apart from the newest messages, which `stores.messages` keeps. It pages both ways.
   * Close it once nobody looks at it any more. Throws CallError.
   */
  openAround(roomId: string, seq: number): Promise<DetachedPage> {
    return this.#detached.open(roomId, seq, this.rooms.get(roomId)?.timeline.cursor.epoch);
  }

  /** Subscribes to an event. The returned function unsubscribes. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: ClientEvents[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Resolves with the payload of the next event of this name. */
  once<Name extends keyof ClientEvents>(name: Name): Promise<ClientEvents[Name]> {
    return this.#emitter.once(name);
  }

  async #signIn(path: string, input: object): Promise<User> {
    const {user, token} = await this.#http.request<{user: User; token?: string}>('POST', path, input);
    if (token !== undefined) this.#http.token = token;
    // Sends without a user belong to the user of the current connection, if there is one: the user of the old session.
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
    const watched = this.#watches.present;
    if (this.#cursors !== undefined && !(await this.#readCursors(this.#cursors, signal))) return;
    this.#caller.attach(link);
    try {
      await startSession(this.#caller, this.#follow, this.#times, signal, {
        arrived: (page) => {
          this.#node = page.node;
          this.#setUser(page.user);
          this.#rights = rightsIn(page);
          this.#blocked = new Set(page.blocked);
        },
        first: ({user}) => this.outbox.start(user.id),
      });
      if (signal.aborted) return;
      this.#cursors?.settled();
      this.#connection.settled();
      this.#setStatus('online');
      if (this.#tokens)
        void keepTokenFresh(
          this.#tokens,
          {http: this.#http, caller: this.#caller, times: this.#times},
          signal,
        );
      void this.notifications.resume(signal);
      for (const watch of watched) void this.#watches.renew(watch, signal);
      void this.#watches.renewAway(signal);
    } catch (error) {
      if (signal.aborted) return;
      const failure = asCallError(error);
      if (failure.code !== 'unauthenticated') return this.#connection.retry();
      this.#connection.close();
      this.#refused(failure);
    }
  }

  /**
   * Reads the stored cursors. If the store fails, it is read again, because messages would be skipped without the cursors.
   */
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

  #refused(error: CallError): void {
    this.#emitter.emit('signedOut', error);
    this.#down('offline');
    // Sends whose user is known wait for that user. The user of the others can no longer be known.
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
    if (name === 'session:may') this.#rights = (payload as ServerEvents['session:may']).may;
    // The timeline announces a frame once it is applied, and an end once it takes effect.
    if (name !== 'room:log' && name !== 'room:left') this.#emitter.emit(name as never, payload as never);
  }

  #arrived(...[name, input, result]: Parameters<ResultListener>): void {
    applyResult(this.#follow, name, input, result);
    if (name === 'user:update') this.#setUser((result as CallResult<'user:update'>).user);
    this.#watches.succeeded(name);
    for (const listener of this.#resultListeners) listener(name, input, result);
  }

  #outboxChanged(roomId: string): void {
    const room = this.rooms.get(roomId);
    room?.timeline.setPending(this.outbox.inRoom(roomId));
    if (room !== undefined) this.#emitter.emit('room', room);
    this.#emitter.emit('outbox', this.outbox.entries);
  }

  /** A new user gets new rooms. When a session ends, they are kept, since its user may sign in again. */
  #setUser(user: User | undefined, rooms: 'keep' | 'follow' = 'follow'): void {
    const changed = JSON.stringify(user) !== JSON.stringify(this.#user);
    if (user?.id !== this.#user?.id) this.#rights = undefined;
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

/** A deleted message is in no inbox any more. */
function forgetDeleted(notifications: Notifications, {roomId, entries}: Frame): void {
  const seqs = entries.flatMap(({type, message}) => (type === 'delete' && message ? [message.seq] : []));
  if (seqs.length > 0) notifications.forget(roomId, seqs);
}
