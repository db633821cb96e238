import {io, type ManagerOptions, type Socket, type SocketOptions} from 'socket.io-client';
import {attemptMs, backoffMs, wait, type BackoffTimes} from './backoff.ts';
import {asUnreachable, CallError, isWireError} from './call-error.ts';
import type {Link} from './calls.ts';
import type {ServerEvents} from './wire.ts';

export type SocketIoOptions = Partial<ManagerOptions & SocketOptions>;

export type ConnectionHandlers = {
  /** Prepares an attempt, for example its credential. Without it, nothing is needed. If it rejects, the attempt fails. */
  ready?: (() => Promise<void>) | undefined;
  /** Whether another credential is available when the server no longer accepts the current one. */
  canRenew: (reason: string) => boolean;
  /** A connection is open. `signal` aborts when it is lost. */
  opened: (link: Link, signal: AbortSignal) => void;
  /** The connection was lost, or an attempt failed. Another attempt follows. */
  lost: () => void;
  /** The server refuses this credential. No attempt follows. */
  refused: (error: CallError) => void;
  /** An attempt got no answer. */
  failed: (error: CallError) => void;
  event: (name: string, payload: unknown) => void;
};

type Attempt = {socket?: Socket; abort: AbortController};
type Ending = ServerEvents['session:ending'];

/**
 * Keeps one connection open, and reconnects after each loss unless the server forbids it.
 *
 * Socket.IO's own reconnection is off: all clients of a lost server would return after the same second, and none after a
 * refused handshake. Each attempt has its own socket, so nothing that a socket buffered outlives its connection.
 */
export class Connection {
  readonly #url: string;
  readonly #options: () => SocketIoOptions;
  readonly #times: BackoffTimes;
  readonly #handlers: ConnectionHandlers;
  #attempts = 0;
  #ending: Ending | undefined;
  #current: Attempt | undefined;

  constructor(
    url: string,
    options: () => SocketIoOptions,
    times: BackoffTimes,
    handlers: ConnectionHandlers,
  ) {
    this.#url = url;
    this.#options = options;
    this.#times = times;
    this.#handlers = handlers;
  }

  /** Whether a connection is open or will be attempted. */
  get active(): boolean {
    return this.#current !== undefined;
  }

  open(): void {
    if (this.active) return;
    this.#attempts = 0;
    this.#ending = undefined;
    this.#connect();
  }

  close(): void {
    const current = this.#current;
    this.#current = undefined;
    current?.abort.abort();
    current?.socket?.removeAllListeners();
    current?.socket?.offAny();
    current?.socket?.disconnect();
  }

  /** The connection has proved stable, so the next loss starts with a short wait again. */
  settled(): void {
    this.#attempts = 0;
  }

  /** Closes this connection and tries another one. */
  retry(retryAfterMs?: number): void {
    this.close();
    this.#attempts += 1;
    const delayMs = this.#delayMs(retryAfterMs);
    this.#ending = undefined;
    const abort = new AbortController();
    this.#current = {abort};
    this.#handlers.lost();
    void wait(delayMs, abort.signal).then(() => {
      if (!abort.signal.aborted) this.#connect();
    });
  }

  /** A draining node says over what time its clients should reconnect, so that they do not all come at once. */
  #delayMs(retryAfterMs: number | undefined): number {
    if (this.#attempts === 1 && this.#ending !== undefined && this.#ending.afterMs > 0) {
      return Math.random() * this.#ending.afterMs;
    }
    return backoffMs(this.#attempts, this.#times, {retryAfterMs});
  }

  #connect(): void {
    const attempt: Attempt = {abort: new AbortController()};
    this.#current = attempt;
    const {ready} = this.#handlers;
    if (!ready) return this.#begin(attempt);
    const isCurrent = () => this.#current === attempt;
    ready().then(
      () => isCurrent() && this.#begin(attempt),
      (error: unknown) => isCurrent() && this.#failed(attempt, error as Error),
    );
  }

  #begin(attempt: Attempt): void {
    const {abort} = attempt;
    const {origin, pathname} = new URL(this.#url);
    // Socket.IO would take a path of the address for a namespace.
    const socket = io(origin, {
      path: `${pathname.replace(/\/$/, '')}/socket.io`,
      transports: ['websocket'],
      withCredentials: true,
      timeout: attemptMs(this.#attempts + 1),
      ...this.#options(),
      reconnection: false,
      // A shared manager would keep the cookie of the user who connected first.
      forceNew: true,
    });
    attempt.socket = socket;
    socket.on('connect', () => this.#handlers.opened(linkOf(socket), abort.signal));
    socket.on('connect_error', (error) => this.#failed(attempt, error));
    socket.on('disconnect', () => this.#lost());
    socket.onAny((name: string, payload: unknown) => {
      if (name === 'session:ending') this.#ending = payload as Ending;
      this.#handlers.event(name, payload);
    });
  }

  #failed(attempt: Attempt, error: Error & {data?: unknown}): void {
    if (!isWireError(error.data)) {
      this.#handlers.failed(asUnreachable(error, this.#url));
      // A listener may have closed the client, or signed another user in.
      return this.#current === attempt ? this.retry() : undefined;
    }
    const refusal = CallError.fromWire(error.data);
    const isOver = refusal.code === 'unauthenticated' && this.#handlers.canRenew('refused');
    if (refusal.retryable || isOver) return this.retry(refusal.retryAfterMs);
    this.close();
    this.#handlers.refused(refusal);
  }

  #lost(): void {
    if (this.#ending?.reconnect !== false || this.#handlers.canRenew(this.#ending.reason))
      return this.retry();
    const {reason} = this.#ending;
    this.close();
    this.#handlers.refused(new CallError('unauthenticated', {details: {reason}}));
  }
}

function linkOf(socket: Socket): Link {
  return (name, input, acknowledge) => void socket.emit(name, input, acknowledge);
}
