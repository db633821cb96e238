/** One attacker, with its own loopback address, and no patience. */
import {Agent, request as httpRequest, type ClientRequest, type RequestOptions} from 'node:http';
import {io, type Socket} from 'socket.io-client';
import type {WireError} from '@madang/protocol/errors';

/** What the attackers know about their victims. */
export type Targets = {
  userIds: string[];
  usernames: string[];
  publicRoomId: string;
  lockedRoomId: string;
};

export type AttackerOptions = {url: string; address: string; targets: Targets; stop: AbortSignal};
export type Answer = {status: number; cookie: string | undefined; text: string};
type Body = string | Buffer;
type SendOptions = {cookie?: string | undefined; body?: Body | object; headers?: Record<string, string>};

const answeredWithinMs = 10_000;

export class Attacker {
  readonly targets: Targets;
  readonly stop: AbortSignal;
  /** How often each answer came: `ok`, a status, a code, or the reason why there was none. */
  readonly answers = new Map<string, number>();
  readonly #url: URL;
  readonly #agent: Agent;

  constructor({url, address, targets, stop}: AttackerOptions) {
    this.#url = new URL(url);
    this.targets = targets;
    this.stop = stop;
    this.#agent = new Agent({localAddress: address, keepAlive: true, maxSockets: 256} as object);
  }

  note(what: string | number): void {
    this.answers.set(String(what), (this.answers.get(String(what)) ?? 0) + 1);
  }

  /** Repeats one action, this many at once, until the end of the attack. */
  async flood(atOnce: number, act: () => Promise<unknown>): Promise<void> {
    const repeat = async () => {
      while (!this.stop.aborted) {
        await act().catch((error: Error & {code?: string}) => this.note(error.code ?? error.message));
        // Refusals that need no I/O would otherwise keep this process from noticing the end of the attack.
        await new Promise(setImmediate);
      }
    };
    await Promise.all(Array.from({length: atOnce}, repeat));
  }

  /** Makes a request that its caller continues. It is recorded once it is answered. */
  begin(method: string, path: string, options: RequestOptions = {}): ClientRequest {
    const {hostname, port} = this.#url;
    const request = httpRequest({...options, hostname, port, method, path, agent: this.#agent});
    request.setTimeout(answeredWithinMs, () => request.destroy(new Error('unanswered')));
    return request;
  }

  async send(method: string, path: string, {cookie, body, headers}: SendOptions = {}): Promise<Answer> {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const bytes =
      body === undefined ? undefined : Buffer.from(isRaw ? (body as Buffer) : JSON.stringify(body));
    const request = this.begin(method, path, {
      headers: {
        ...(bytes && {'content-type': 'application/json', 'content-length': bytes.length}),
        ...(cookie && {cookie}),
        ...headers,
      },
    });
    request.end(bytes);
    const answer = await answerOf(request);
    this.note(answer.status);
    return answer;
  }

  /** Returns the cookie of a new guest, or undefined if no more are admitted. */
  async newGuest(): Promise<string | undefined> {
    return (await this.send('POST', '/api/v1/auth/guest', {body: {}})).cookie;
  }

  /** Opens a connection of a new guest. */
  async enter(): Promise<Calls> {
    for (;;) {
      const cookie = await this.newGuest();
      if (cookie !== undefined) return new Calls(this, await this.connect(cookie));
      await new Promise((resolve) => setTimeout(resolve, 100));
      this.stop.throwIfAborted();
    }
  }

  connect(cookie: string): Promise<Socket> {
    const socket = io(this.#url.href, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: {cookie},
      agent: this.#agent as never,
    });
    return new Promise((resolve, reject) => {
      socket.on('connect', () => resolve(socket));
      socket.on('connect_error', reject);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The calls of one connection. */
export class Calls {
  readonly #attacker: Attacker;
  readonly socket: Socket;

  constructor(attacker: Attacker, socket: Socket) {
    this.#attacker = attacker;
    this.socket = socket;
    // An attacker that is itself flooded with events would attack more slowly.
    socket.onAny(() => undefined);
  }

  /** Returns the result, or undefined if it is refused. */
  async call<Result = unknown>(name: string, input: object): Promise<Result | undefined> {
    if (!this.socket.connected) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('cut off');
    }
    type Answered = {ok: true; data: Result} | {ok: false; error: WireError};
    const answer = (await this.socket.timeout(answeredWithinMs).emitWithAck(name, input)) as Answered;
    this.#attacker.note(answer.ok ? 'ok' : answer.error.code);
    return answer.ok ? answer.data : undefined;
  }
}

export function answerOf(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const cookies = response.headers['set-cookie']?.map((each) => each.split(';')[0]).join('; ');
        const text = Buffer.concat(parts).toString();
        resolve({status: response.statusCode ?? 0, cookie: cookies, text});
      });
    });
  });
}
