/** One Socket.IO connection over k6's WebSocket: from the handshake to its end. */
import {WebSocket} from 'k6/websockets';
import {attemptMs} from '../../../packages/client/src/backoff.ts';
import {encodeCall, encodeConnect, pong, socketAddress, type Packet} from './framing.ts';

const answerWithinMs = 5_000;

/** Why a call or a handshake failed. The codes are those of docs/protocol.md. */
export class Refusal extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    {retryable = true, retryAfterMs}: {retryable?: boolean; retryAfterMs?: number} = {},
  ) {
    super(code);
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }

  static of(error: unknown): Refusal {
    const {code, ...rest} = (error ?? {}) as {code?: string; retryable?: boolean; retryAfterMs?: number};
    return new Refusal(code ?? 'refused', {retryable: false, ...rest});
  }
}

export type ConnectionOptions = {
  url: string;
  token: string;
  decode: (text: string) => Packet;
  onEvent: (name: string, payload: unknown) => void;
  /** The number of this attempt in a row, from 1. A later attempt may take longer. */
  attempt: number;
};

type Answer = {ok: true; data: unknown} | {ok: false; error: unknown};
type Waiting = {resolve: (data: unknown) => void; reject: (error: Refusal) => void; at: number};

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, Waiting>();
  #nextCall = 0;
  /** Used until the server has said how often it sends a ping. */
  #silentAfterMs = Number.POSITIVE_INFINITY;
  #heardAt = Date.now();
  #watch: ReturnType<typeof setInterval>;
  #opening: ReturnType<typeof setTimeout>;
  #settle: {open: () => void; refuse: (error: Refusal) => void};
  #end!: () => void;
  /** Resolves when the connection has ended, from either side. */
  readonly ended: Promise<void>;

  /** Resolves once the server has admitted the connection; rejects with a Refusal. */
  static open(options: ConnectionOptions): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection(options, {
        open: () => resolve(connection),
        refuse: reject,
      });
    });
  }

  private constructor(
    options: ConnectionOptions,
    settle: {open: () => void; refuse: (error: Refusal) => void},
  ) {
    this.#options = options;
    this.#settle = settle;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#socket = new WebSocket(socketAddress(options.url));
    this.#socket.onmessage = (event) => this.#take(options.decode(event!.data as string));
    // An error is followed by the close that it causes, or there was no connection to close.
    this.#socket.onerror = () => this.#finish();
    this.#socket.onclose = () => this.#finish();
    this.#watch = setInterval(() => this.#look(), 1_000);
    // The SDK does the same: a lost node does not answer, and the next attempt finds another one.
    this.#opening = setTimeout(() => this.close(), attemptMs(options.attempt));
  }

  /** Returns the result. Rejects with a Refusal, whose code is `unavailable` if the outcome is unknown. */
  call<Result>(name: string, payload: unknown): Promise<Result> {
    return new Promise((resolve, reject) => {
      const id = this.#nextCall++;
      this.#calls.set(id, {resolve: resolve as (data: unknown) => void, reject, at: Date.now()});
      this.#send(encodeCall(id, name, payload));
    });
  }

  close(): void {
    try {
      this.#socket.close();
    } finally {
      this.#finish();
    }
  }

  #take(packet: Packet): void {
    this.#heardAt = Date.now();
    if (packet.kind === 'event') this.#options.onEvent(packet.name, packet.payload);
    else if (packet.kind === 'answer') this.#answer(packet.id, packet.value as Answer);
    else if (packet.kind === 'ping') this.#send(pong);
    else if (packet.kind === 'connected') this.#settle.open();
    else if (packet.kind === 'ending') this.close();
    else if (packet.kind === 'refused') this.#refuse(Refusal.of(packet.error.data));
    else if (packet.kind === 'open') {
      clearTimeout(this.#opening);
      this.#silentAfterMs = packet.pingInterval + packet.pingTimeout;
      this.#send(encodeConnect(this.#options.token));
    }
  }

  #answer(id: number, answer: Answer): void {
    const waiting = this.#calls.get(id);
    if (!waiting) return;
    this.#calls.delete(id);
    if (answer.ok) waiting.resolve(answer.data);
    else waiting.reject(Refusal.of(answer.error));
  }

  #refuse(error: Refusal): void {
    this.#settle.refuse(error);
    this.close();
  }

  /** Detects a server that died silently, and an answer that never comes. */
  #look(): void {
    const now = Date.now();
    for (const [id, {reject, at}] of this.#calls) {
      if (now - at < answerWithinMs) break;
      this.#calls.delete(id);
      reject(new Refusal('unavailable'));
    }
    if (now - this.#heardAt > this.#silentAfterMs) this.close();
  }

  #send(text: string): void {
    // A closing socket refuses. Its calls fail when it has closed.
    if (this.#socket.readyState === 1) this.#socket.send(text);
  }

  #finish(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#opening);
    this.#settle.refuse(new Refusal('unavailable'));
    for (const {reject} of this.#calls.values()) reject(new Refusal('unavailable'));
    this.#calls.clear();
    this.#end();
  }
}
