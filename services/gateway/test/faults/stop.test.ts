// Promise 9: a node that is told to stop does so in time, whatever its clients do or no longer do.
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {startGateways} from '../support/gateways.ts';

const drainMs = 6_000;

test('clients that have fallen silent, or never finish their request, do not keep a node from stopping', async () => {
  const cluster = await startGateways(1, {DRAIN_MS: String(drainMs)});
  const [url] = cluster.urls as [string];
  const silent = await RawClient.connect(url, await signInGuest(url));
  const {ws} = silent.socket.io.engine.transport as unknown as {ws: {_socket: Socket}};
  // Paused here, since the client resumes the socket when it is closed.
  const held = ws._socket.pause();
  const {hostname, port} = new URL(url);
  const slow = connect(Number(port), hostname).on('error', () => undefined);
  await once(slow, 'connect');
  slow.write('POST /api/v1/auth/guest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
  onTestFinished(() => void [held, slow].map((socket) => socket.destroy()));

  const startedAt = performance.now();
  await cluster.stop();

  expect(performance.now() - startedAt).toBeLessThan(drainMs);
}, 60_000);

test('calls under way when a node is told to stop are answered', async () => {
  const cluster = await startGateways(1, {DRAIN_MS: String(drainMs)});
  const [url] = cluster.urls as [string];
  const client = await RawClient.connect(url, await signInGuest(url));
  const {room} = await client.call('room:create', {title: 'Last orders', ephemeral: false});
  const received = new Promise<unknown>((resolve) => {
    // Hashing a password takes long enough for the stop to arrive in the middle.
    client.socket.emit('room:create', {title: 'Cellar', password: 'open sesame'}, resolve);
  });
  await client.send(room.id, 'so the call before has arrived');

  const stopped = cluster.stop();

  expect(await received).toMatchObject({ok: true});
  await stopped;
  client.close();
}, 60_000);

test('a node that is told to stop tells the balancer first, and serves until that has noticed', async () => {
  const cluster = await startGateways(1, {DRAIN_MS: String(drainMs)});
  const [url] = cluster.urls as [string];
  const session = await signInGuest(url);
  const client = await RawClient.connect(url, session);
  const toldAfterMs = new Promise<number>((resolve) => {
    client.socket.on('session:ending', () => resolve(performance.now() - stoppedAt));
  });

  const stoppedAt = performance.now();
  const connecting = RawClient.connect(url, session);
  const stopped = cluster.stop();
  const {status} = await fetch(`${url}/readyz`);
  const late = await connecting;

  expect(status).toBe(503);
  // Several checks of the balancer fit into this time.
  expect(await toldAfterMs).toBeGreaterThan(900);
  await stopped;
  for (const each of [client, late]) each.close();
}, 60_000);
