/**
 * An event for many connections, encoded once, as the bytes that go out.
 *
 * Fan-out is what a chat server spends its time on. Through Socket.IO's broadcast a delivery passes two queues, three
 * layers of callbacks and a gathered write of two buffers; where nothing waits before it, all that it needs is one
 * write of one buffer to the TCP socket.
 */
export type EncodedEvent = {
  /** The Socket.IO packet, for connections that must queue it. */
  readonly packet: string;
  /** The same inside an Engine.IO message and a whole WebSocket frame, neither masked nor compressed. */
  readonly webSocketFrame: Buffer;
};

/** Socket.IO protocol 5: type EVENT in namespace `/`; Engine.IO protocol 4: type `message`. */
const [socketIoEvent, engineIoMessage] = ['2', '4'];

export function encodeEvent(event: string, payload: unknown): EncodedEvent {
  const packet = socketIoEvent + JSON.stringify([event, payload]);
  return {packet, webSocketFrame: textFrame(engineIoMessage + packet)};
}

/** RFC 6455 §5.2: FIN and opcode 1, then the payload's length in 7, 16 or 64 bits. */
function textFrame(text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const headerBytes = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + bytes);
  frame[0] = 0x81;
  frame[1] = headerBytes === 2 ? bytes : headerBytes === 4 ? 126 : 127;
  if (headerBytes === 4) frame.writeUInt16BE(bytes, 2);
  if (headerBytes === 10) frame.writeBigUInt64BE(BigInt(bytes), 2);
  frame.write(text, headerBytes);
  return frame;
}
