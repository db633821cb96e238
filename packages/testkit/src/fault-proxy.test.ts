import {once} from 'node:events';
import {connect, createServer} from 'node:net';
import type {AddressInfo, Socket} from 'node:net';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {startFaultProxy} from './fault-proxy.ts';
import type {FaultProxy} from './fault-proxy.ts';
import {staysTrue} from './stays-true.ts';
import {waitFor} from './wait-for.ts';

const echo = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.pipe(socket);
});
let proxy: FaultProxy;
let client: Socket;
let received: string;

beforeEach(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startFaultProxy({port: (echo.address() as AddressInfo).port});
  client = await open();
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  echo.close();
  await once(echo, 'close');
});

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  await once(socket, 'connect');
  return socket;
}

// events.once would reject on the error that a reset connection emits before `close`.
const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
const stays = (text: string) => staysTrue(() => received === text, 100, {what: `only "${text}" has arrived`});
const arrives = (text: string) => waitFor(() => received === text, {timeoutMs: 2_000, what: `"${text}"`});

test('carries both ways', async () => {
  client.write('here');

  await arrives('here');
});

test('withholds everything while it is a black hole and carries it afterwards', async () => {
  client.write('a');
  await arrives('a');

  proxy.set('blackhole');
  client.write('b');
  await stays('a');

  proxy.set('pass');
  await arrives('ab');
});

test('carries one way only while it is mute or deaf', async () => {
  proxy.set('deaf');
  client.write('a');
  await stays('');
  proxy.set('mute');
  // The server has echoed what was sent in the meantime, and the proxy forwards it now.
  await arrives('a');

  client.write('b');
  await stays('a');
  proxy.set('pass');
  await arrives('ab');
});

test('tears a connection in the middle of what it carries', async () => {
  proxy.tear();
  client.write('halves');

  await closed(client);
  expect('halves').not.toBe(received);
});

test('carries everything in slices', async () => {
  proxy.slice(1);
  client.write('in slices');

  await arrives('in slices');
});

test('leads to another server once told so', async () => {
  const other = createServer((socket) => void socket.end('other'));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  proxy.retarget((other.address() as AddressInfo).port);
  await closed(client);

  client = await open();
  await arrives('other');
  other.close();
});

test('cuts the connections there are and refuses new ones until it passes again', async () => {
  client.write('a');
  await arrives('a');

  proxy.set('reset');
  await closed(client);
  const refused = connect(proxy.port, '127.0.0.1');
  refused.on('error', () => undefined);
  await closed(refused);

  proxy.set('pass');
  client = await open();
  client.write('b');
  await arrives('b');
});

test('keeps the order of bytes while the latency changes', async () => {
  let sent = '';
  for (let i = 0; i < 30; i++) {
    proxy.delay(i % 3 === 0 ? 20 : 0);
    client.write(`${i} `);
    sent += `${i} `;
    await new Promise(setImmediate);
  }

  await arrives(sent);
});

test('gives the address of a server through itself', () => {
  expect(proxy.url('postgres://me:secret@10.0.0.1:5432/db')).toBe(
    `postgres://me:secret@127.0.0.1:${proxy.port}/db`,
  );
});
