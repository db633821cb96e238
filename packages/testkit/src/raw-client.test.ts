import {createHash} from 'node:crypto';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {RawClient} from './raw-client.ts';

const webSocketKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const open = '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}';

test('does not wait endlessly for a server that dies between the transport and the admission', async () => {
  const server = createServer().on('upgrade', ({headers}, socket) => {
    const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${webSocketKey}`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
    );
    socket.write(Buffer.concat([Buffer.from([0x81, open.length]), Buffer.from(open)]));
    // The client's next packet asks for admission.
    socket.once('data', () => socket.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const {port} = server.address() as AddressInfo;
  const who = {user: {id: 'ann', kind: 'guest', name: 'Ann', color: '#000000'} as const, cookie: 'a=b'};

  await expect(RawClient.connect(`http://127.0.0.1:${port}`, who)).rejects.toThrow('transport');
}, 3_000);
