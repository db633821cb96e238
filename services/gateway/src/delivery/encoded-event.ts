import {Sender} from 'ws';

// `ws` exports and documents it; its types leave it out.
declare module 'ws' {
  export class Sender {
    static frame(data: Buffer, options: {fin: boolean; opcode: number; mask: boolean}): Buffer[];
  }
}

/**
 * An event for many connections, encoded once into the bytes that are sent.
 *
 * A chat server spends most of its time on fan-out. Through Socket.IO's broadcast a delivery passes two queues, three
 * layers of callbacks and a gathered write of two buffers. If nothing waits before it, one write of one buffer to the
 * TCP socket is enough.
 */
export type EncodedEvent = {
  /** The Socket.IO packet, for connections that must queue. */
  readonly packet: string;
  /** The same packet in an Engine.IO message and a whole WebSocket frame, neither masked nor compressed. */
  readonly webSocketFrame: Buffer;
};

/** Socket.IO protocol 5: type EVENT in namespace `/`; Engine.IO protocol 4: type `message`. */
const [socketIoEvent, engineIoMessage] = ['2', '4'];

export function encodeEvent(event: string, payload: unknown): EncodedEvent {
  const packet = socketIoEvent + JSON.stringify([event, payload]);
  return {packet, webSocketFrame: textFrame(engineIoMessage + packet)};
}

/** One unmasked text frame. */
function textFrame(text: string): Buffer {
  return Buffer.concat(Sender.frame(Buffer.from(text), {fin: true, opcode: 1, mask: false}));
}
