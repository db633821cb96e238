/**
 * A client below Socket.IO: text frames as they are sent, written by hand. For input that no client library would send,
 * and for a reader that stops reading.
 */
import {once} from 'node:events';
import type {Acknowledgement} from '@madang/protocol/events';
import type {SignedIn} from '@madang/testkit/raw-client';
import {WebSocket} from 'ws';

/** Engine.IO's message and Socket.IO's packet types, as the digits that begin a frame. */
const open = '0';
const ping = '2';
const pong = '3';
const connectPacket = '40';
const eventPacket = '42';
const ackPacket = '43';

export class Wire {
  readonly socket: WebSocket;
  /** Resolves with the code of the close frame, or 1006 if the connection was cut. */
  readonly closed: Promise<number>;
  /** The length of everything received, in characters. */
  receivedChars = 0;
  readonly #waiting = new Map<number, (answer: Acknowledgement<never>) => void>();
  #nextId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#receive(String(data)));
  }

  static async connect(url: string, {cookie}: SignedIn): Promise<Wire> {
    const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
    const wire = new Wire(new WebSocket(address, {headers: {cookie}}));
    await once(wire.socket, 'open');
    const [answer] = (await once(wire.socket, 'madang:connected')) as [string];
    if (!answer.startsWith(connectPacket)) throw new Error(`handshake refused: ${answer}`);
    return wire;
  }

  /** Sends an event whose arguments are JSON text, with an acknowledgement function; resolves with the answer. */
  ask(event: string, ...args: string[]): Promise<Acknowledgement<never>> {
    const id = this.#nextId++;
    const answer = new Promise<Acknowledgement<never>>((resolve, reject) => {
      this.#waiting.set(id, resolve);
      void this.closed.then((code) => reject(new Error(`closed with ${code} while ${event} was asked`)));
    });
    this.socket.send(`${eventPacket}${id}${textOf(event, args)}`);
    return answer;
  }

  /** Sends an event without an acknowledgement function. */
  tell(event: string, ...args: string[]): void {
    this.socket.send(eventPacket + textOf(event, args));
  }

  close(): void {
    this.socket.close();
  }

  #receive(text: string): void {
    this.receivedChars += text.length;
    if (text.startsWith(open)) this.socket.send(connectPacket);
    else if (text === ping) this.socket.send(pong);
    else if (text.startsWith(ackPacket)) this.#settle(text);
    else if (!text.startsWith(eventPacket)) this.socket.emit('madang:connected', text);
  }

  #settle(text: string): void {
    const [, id, answer] = /^43(\d+)(\[.*\])$/s.exec(text) ?? [];
    this.#waiting.get(Number(id))?.((JSON.parse(answer!) as [Acknowledgement<never>])[0]);
    this.#waiting.delete(Number(id));
  }
}

function textOf(event: string, args: string[]): string {
  return `[${[JSON.stringify(event), ...args].join(',')}]`;
}
