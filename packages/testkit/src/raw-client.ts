/**
 * A client without the SDK: a cookie, a Socket.IO connection, and a reader that follows only §"Reader" of docs/protocol.md.
 * Tests use it to see what a node really sent.
 */
import {randomUUID} from 'node:crypto';
import {io, type Socket} from 'socket.io-client';
import type {CallInput, CallName, CallResult} from '@madang/protocol/calls';
import type {WireError} from '@madang/protocol/errors';
import type {Acknowledgement} from '@madang/protocol/events';
import type {Cursor, Entry, Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import {patiently} from './patience.ts';

/** How long a busy machine is asked again. */
const patienceMs = 10_000;

/** Signs in by a cookie, or else by a session token or service key. */
export type SignedIn = {user: User; cookie: string; token?: string};

export type HttpAnswer<Body = Record<string, unknown>> = {
  status: number;
  body: Body & {error?: WireError};
  cookie: string | undefined;
};

/** Makes one HTTP request below /api/v1; `body` is sent as JSON. */
export async function request<Body = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  {
    body,
    cookie,
    token,
    headers = {},
  }: {body?: unknown; cookie?: string; token?: string; headers?: Record<string, string>} = {},
): Promise<HttpAnswer<Body>> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : {'content-type': 'application/json'}),
      ...(cookie ? {cookie} : {}),
      ...(token ? {authorization: `Bearer ${token}`} : {}),
      ...headers,
    },
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
  });
  const text = await response.text();
  const set = response.headers.getSetCookie().map((each) => each.split(';')[0]);
  return {
    status: response.status,
    body: (text === '' ? {} : JSON.parse(text)) as HttpAnswer<Body>['body'],
    cookie: set.length > 0 ? set.join('; ') : undefined,
  };
}

/** Does the same, and retries temporary refusals: on a busy machine they say nothing about rights. */
export function patientRequest<Body = Record<string, unknown>>(
  ...call: Parameters<typeof request>
): Promise<HttpAnswer<Body>> {
  return patiently(async () => {
    const answer = await request<Body>(...call);
    if (answer.body.error?.retryable) throw new Refused(`${call[1]} ${call[2]}`, answer.body.error);
    return answer;
  });
}

/** Signs a new guest in. Retries while a busy machine refuses it. */
export async function signInGuest(url: string, displayName?: string): Promise<SignedIn> {
  return signedIn(await patientRequest<{user: User}>(url, 'POST', '/auth/guest', {body: {displayName}}));
}

/** Registers. With a name of its own choice, it retries while a busy machine refuses it. */
export async function registerAccount(
  url: string,
  name?: string,
  password = 'correct horse battery',
): Promise<SignedIn & {username: string; password: string}> {
  const register = async () => {
    const username = name ?? `user-${randomUUID().slice(0, 8)}`;
    const answer = await request<{user: User}>(url, 'POST', '/auth/register', {body: {username, password}});
    const {error} = answer.body;
    if (name === undefined && error && isPutOff(error)) throw new Refused('register', error);
    return {...signedIn(answer), username, password};
  };
  return patiently(register, {forMs: patienceMs, isPutOff: isBusy});
}

/** Refused temporarily, because a machine is busy rather than because of a rule. */
function isPutOff({code}: WireError): boolean {
  return code === 'unavailable' || code === 'overloaded';
}

function isBusy(error: unknown): boolean {
  return error instanceof Refused && isPutOff(error.error);
}

function signedIn({status, body, cookie}: HttpAnswer<{user: User}>): SignedIn {
  if (status !== 201 || !cookie) throw new Error(`sign-in answered ${status} ${JSON.stringify(body)}`);
  return {user: body.user, cookie};
}

/** An operation was refused. Holds the error of the acknowledgement. */
export class Refused extends Error {
  readonly error: WireError;

  constructor(operation: string, error: WireError) {
    super(`${operation}: ${error.code}: ${error.message}`);
    this.error = error;
  }
}

export type Received = {event: string; payload: unknown; at: number};

type ConnectOptions = {reconnect?: boolean; headers?: Record<string, string>; transports?: string[]};

export class RawClient {
  readonly socket: Socket;
  readonly user: User;
  readonly url: string;
  /** All events, in order of arrival; times are performance.now(). */
  readonly received: Received[] = [];

  private constructor(url: string, who: SignedIn, options: ConnectOptions) {
    const {reconnect = false, headers = {}, transports = ['websocket']} = options;
    this.url = url;
    this.user = who.user;
    this.socket = io(url, {
      transports,
      forceNew: true,
      reconnection: reconnect,
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
      ...(who.token ? {auth: {token: who.token}} : {}),
      extraHeaders: {...(who.token ? {} : {cookie: who.cookie}), ...headers},
    });
    this.socket.onAny((event: string, payload: unknown) => {
      this.received.push({event, payload, at: performance.now()});
    });
  }

  /** Connects; rejects with Refused when the handshake is refused. */
  static connect(url: string, who: SignedIn, options: ConnectOptions = {}): Promise<RawClient> {
    const client = new RawClient(url, who, options);
    return new Promise((resolve, reject) => {
      client.socket.once('connect', () => resolve(client));
      client.socket.once('connect_error', (error: Error & {data?: WireError}) => {
        if (!options.reconnect) client.socket.close();
        reject(error.data ? new Refused('handshake', error.data) : error);
      });
      // If a node dies before it has admitted the client, there is no connect_error.
      if (!options.reconnect) client.socket.once('disconnect', (reason) => reject(new Error(reason)));
    });
  }

  /** Returns the acknowledgement as it came. Rejects when none comes in time. */
  ask<Name extends CallName>(
    operation: Name,
    input: CallInput<Name>,
    timeoutMs = 5_000,
  ): Promise<Acknowledgement<CallResult<Name>>> {
    return this.socket.timeout(timeoutMs).emitWithAck(operation, input) as Promise<
      Acknowledgement<CallResult<Name>>
    >;
  }

  /** Returns the result. Retries while a busy machine refuses it. Throws Refused. */
  async call<Name extends CallName>(
    operation: Name,
    input: CallInput<Name>,
    timeoutMs?: number,
  ): Promise<CallResult<Name>> {
    const once = async () => {
      const answer = await this.ask(operation, input, timeoutMs);
      if (answer.ok) return answer.data;
      throw new Refused(operation, answer.error);
    };
    return patiently(once, {forMs: patienceMs, isPutOff: isBusy});
  }

  send(roomId: string, text: string, clientId: string = randomUUID()) {
    return this.call('message:send', {roomId, clientId, text});
  }

  events<Payload>(event: string): Payload[] {
    return this.received.filter((each) => each.event === event).map(({payload}) => payload as Payload);
  }

  frames(roomId: string): Frame[] {
    return this.events<Frame>('room:log').filter((frame) => frame.roomId === roomId);
  }

  close(): void {
    this.socket.close();
  }
}

/** Follows one room's log by the reader's rules, and records every breach of a server's promises. */
export class Reader {
  readonly breaches: string[] = [];
  /** All entries that the reader applied, in order. */
  readonly entries: Entry[] = [];
  cursor: Cursor;
  resyncs = 0;
  readonly #client: RawClient;
  readonly #roomId: string;
  #busy: Promise<void> | undefined;

  constructor(client: RawClient, state: RoomState) {
    this.#client = client;
    this.#roomId = state.room.id;
    this.cursor = {epoch: state.epoch, rev: state.head};
    client.socket.on('room:log', (frame: Frame) => {
      if (frame.roomId === this.#roomId) this.#live(frame);
    });
  }

  get messages(): string[] {
    return this.entries.flatMap(({type, message}) => (type === 'message' && message ? [message.text] : []));
  }

  /** Applies an answer of room:sync or a frame of session:start. */
  apply(frame: Frame): void {
    if (frame.reset) this.entries.length = 0;
    this.#take(frame);
    this.cursor = {epoch: frame.epoch, rev: frame.head};
  }

  async sync(): Promise<void> {
    this.#busy ??= this.#syncAll().finally(() => {
      this.#busy = undefined;
    });
    await this.#busy;
  }

  async #syncAll(): Promise<void> {
    this.resyncs += 1;
    let frame: Frame;
    do {
      const {epoch, rev: after} = this.cursor;
      frame = await this.#client.call('room:sync', {roomId: this.#roomId, epoch, after});
      this.apply(frame);
    } while (frame.more);
  }

  #live(frame: Frame): void {
    if (frame.epoch === this.cursor.epoch && frame.head <= this.cursor.rev) return;
    if (frame.epoch !== this.cursor.epoch || frame.after > this.cursor.rev) return void this.sync();
    this.#take(frame);
    this.cursor = {...this.cursor, rev: frame.head};
  }

  #take(frame: Frame): void {
    let last = frame.after;
    for (const entry of frame.entries) {
      if (entry.rev <= last && entry.rev > frame.after) this.breaches.push(`rev ${entry.rev} out of order`);
      if (entry.rev > frame.head) this.breaches.push(`rev ${entry.rev} above head ${frame.head}`);
      last = entry.rev;
      if (entry.rev > this.cursor.rev || frame.reset) this.entries.push(entry);
    }
  }
}

/** Whether each frame of a connection's log continues the one before, without a gap and in order. */
export function findGaps(frames: Frame[]): string[] {
  return frames.flatMap((frame, index) => {
    const before = frames[index - 1];
    if (!before || before.head === frame.after) return [];
    return [`frame ${index} covers (${frame.after}, ${frame.head}] after one that ends at ${before.head}`];
  });
}
