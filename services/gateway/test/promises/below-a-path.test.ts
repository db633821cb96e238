// PUBLIC_URL with a path: everything is below it, whether or not the proxy in front removes it.
import {createClient} from '@madang/client/client';
import {createServer} from '@madang/server';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {request, signInGuest} from '@madang/testkit/raw-client';
import {startGateways, type Gateways} from '../support/gateways.ts';

let cluster: Gateways;
let below: string;
beforeAll(async () => {
  cluster = await startGateways(1, {PUBLIC_URL: 'https://example.com/chat/', COOKIE_NAME: 'team-chat'});
  below = `${cluster.urls[0]}/chat`;
});
afterAll(() => cluster.stop());

test('the SDK signs in, connects and sends below the path', async () => {
  const client = createClient({url: `${below}/`, cookie: ''});
  onTestFinished(() => client.disconnect());

  await client.guest();
  const {room} = await client.call('room:create', {title: 'Below'});
  const {seq} = await client.send(room.id, {text: 'hello'});

  expect(seq).toBeGreaterThan(0);
  expect(await client.fileUrl('0193e7a0-0000-7000-8000-000000000001')).toBe(
    `${below}/api/v1/files/0193e7a0-0000-7000-8000-000000000001`,
  );
});

test('the cookie keeps the path / that its name asks for, and has the name that the operator chose', async () => {
  const answer = await fetch(`${below}/api/v1/auth/guest`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: '{}',
  });

  const [cookie = ''] = answer.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-team-chat=/);
  expect(cookie).toMatch(/; Path=\/(;|$)/);
  expect(cookie).toContain('; Secure');
});

test('the same calls without the path are served, for a proxy that has removed it', async () => {
  const guest = await signInGuest(cluster.urls[0]!);

  for (const url of [below, cluster.urls[0]!])
    expect((await request(url, 'GET', '/me', {cookie: guest.cookie})).status).toBe(200);
});

test('the documents name the path, and services call below it', async () => {
  const {servers} = (await (await fetch(`${below}/api/v1/openapi.json`)).json()) as {servers: object[]};
  const server = createServer({url: below, key: `mdk_${'A'.repeat(43)}`, timeoutMs: 2_000});

  expect(servers).toMatchObject([{url: '/chat/api/v1'}]);
  await expect(server.room('0193e7a0-0000-7000-8000-000000000001')).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});
