import {decode, encodeCall, encodeConnect, pong, socketAddress} from '@madang/load/framing';
import {WebSocket} from 'ws';
import {isEvent} from '../framing.ts';
import {Violation} from '../transcript.ts';

/** A connection to a Socket.IO server. It costs the driver little more than the WebSocket below it. */
export class SocketIoConnection {
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #nextCall = 0;
  #isClosing = false;
  /** Called with each event, unparsed. */
  onEvent: (packet: Buffer) => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Sends a token, unless a cookie is among the headers. */
  static async open(
    url: string,
    headers: Record<string, string>,
    token?: string,
  ): Promise<SocketIoConnection> {
    const socket = openWebSocket(socketAddress(url), headers);
    const connection = new SocketIoConnection(socket);
    await connection.#enter(token);
    return connection;
  }

  async call(event: string, payload: unknown): Promise<unknown> {
    const id = this.#nextCall++;
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(id, answer);
    this.#socket.send(encodeCall(id, event, payload));
    return answer.promise;
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.terminate();
  }

  #enter(token: string | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.on('error', reject);
      this.#socket.on('close', (code) => this.#closed(code, reject));
      this.#socket.on('message', (packet: Buffer) => {
        if (isEvent(packet)) return this.onEvent(packet);
        const read = decode(packet.toString());
        if (read.kind === 'answer') this.#answer(read);
        else if (read.kind === 'ping') this.#socket.send(pong);
        else if (read.kind === 'open') this.#socket.send(encodeConnect(token));
        else if (read.kind === 'connected') resolve();
        else if (read.kind === 'refused') reject(new Error(`refused: ${JSON.stringify(read.error)}`));
      });
    });
  }

  #answer({id, value}: {id: number; value: unknown}): void {
    this.#calls.get(id)?.resolve(value);
    this.#calls.delete(id);
  }

  #closed(code: number, reject: (error: Error) => void): void {
    if (this.#isClosing) return;
    const error = new Violation(`the server closed a connection (${code})`);
    reject(error);
    for (const call of this.#calls.values()) call.reject(error);
  }
}

/** Text is not validated again and nothing is compressed, because the driver shares its core with the stores. */
export function openWebSocket(url: string, headers: Record<string, string>): WebSocket {
  return new WebSocket(url, {
    headers,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    handshakeTimeout: 10_000,
  });
}
