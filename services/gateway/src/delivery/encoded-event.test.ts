import {once} from 'node:events';
import {createServer} from 'node:net';
import type {AddressInfo} from 'node:net';
import {createHash} from 'node:crypto';
import {afterEach, expect, test} from 'vitest';
import {WebSocket} from 'ws';
import {encodeEvent} from './encoded-event.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test.each([0, 80, 200, 65_400, 70_000])(
  'a WebSocket client reads an event with %i characters of text as it was written',
  async (size) => {
    const payload = {text: '마'.repeat(size)};
    const {packet, webSocketFrame} = encodeEvent('room:log', payload);
    const received = await readBy(webSocketFrame);

    expect(received).toBe(`4${packet}`);
    expect(JSON.parse(packet.slice(1))).toEqual(['room:log', payload]);
  },
);

/** What a `ws` client reads from these bytes after its handshake. */
async function readBy(bytes: Buffer): Promise<string> {
  const server = createServer((socket) => {
    socket.once('data', (request: Buffer) => {
      const key = /sec-websocket-key: (.+)\r/i.exec(request.toString())![1];
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.write(bytes);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  closing.push(() => {
    client.terminate();
    server.close();
  });
  const [message] = (await once(client, 'message')) as [Buffer];
  return message.toString();
}
