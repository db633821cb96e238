import {createServer, type RequestListener} from 'node:http';
import {createServer as createTcp, type AddressInfo, type Server} from 'node:net';
import {addWebhook, listWebhooks} from '@madang/database/events/webhooks';
import {compileAllowed} from '@madang/runtime/outbound-address';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createShop, hasty, patience} from '../../test/shop.ts';

const trapHosts = ['127.0.0.1', '::1'];

async function listen(server: Server, host: string, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Listens on a forbidden address, and records the connections. */
async function setTrap(): Promise<{port: number; caught: unknown[]}> {
  const caught: unknown[] = [];
  let port = 0;
  for (const host of trapHosts) {
    port = await listen(
      createTcp((socket) => caught.push(socket.destroy())),
      host,
      port,
    );
  }
  return {port, caught};
}

async function serve(answer: RequestListener): Promise<{port: number; asked: string[]}> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(req.url!);
    answer(req, res);
  });
  return {port: await listen(server, '127.0.0.2'), asked};
}

/** The tenant's webhooks at these addresses, after two attempts each. */
async function tryAll(
  addresses: string[],
  resolve: (hostname: string) => Promise<string[]>,
): Promise<{url: string; lastError?: string | undefined}[]> {
  const shop = await createShop();
  const {db, tenantId} = shop;
  for (const url of addresses) await addWebhook(db, {tenantId, url});
  const changes = {OUTBOUND_ALLOW: compileAllowed(['127.0.0.2'])};
  await shop.startWorker(changes, {webhookTimes: hasty, resolve});
  await shop.send(1);
  const tried = await waitFor(
    async () => {
      const webhooks = (await listWebhooks(db, tenantId)).filter(({url}) => addresses.includes(url));
      return webhooks.every(({attempts}) => attempts > 1) && webhooks;
    },
    {...patience, what: 'all to be tried twice'},
  );
  expect(shop.receiver.tried).toEqual([]);
  return tried;
}

const literals = `
  https://127.0.0.1 https://127.1 https://2130706433 https://0x7f000001 https://0177.0.0.1 https://0.0.0.0
  https://[::1] https://[::] https://[::ffff:127.0.0.1] https://[::ffff:7f00:1] https://[::127.0.0.1]
  https://[64:ff9b::127.0.0.1] https://[2002:7f00:1::] https://10.0.0.1 https://169.254.169.254 https://[fd00:ec2::254]
  http://127.0.0.1 http://[::1] http://localhost`;
const names: Record<string, string[]> = {
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'mixed.example': ['127.0.0.2', '127.0.0.1'],
  'private.example': ['192.168.0.1'],
  localhost: ['127.0.0.1', '::1'],
};

test.each([
  ['an address that is not public', literals.trim().split(/\s+/)],
  ['a name that leads to one', Object.keys(names).map((name) => `https://${name}`)],
])('a webhook at %s opens no connection, and says why', async (_, origins) => {
  const {port, caught} = await setTrap();
  const addresses = origins.map((origin) => `${origin}:${port}/events`);

  const tried = await tryAll(addresses, (name) => Promise.resolve(names[name]!));

  expect(tried).toHaveLength(addresses.length);
  for (const {lastError} of tried) expect(lastError).toMatch(/not public|must begin with https/);
  expect(caught).toEqual([]);
});

test('a webhook whose name leads elsewhere after its first delivery opens no connection to there', async () => {
  const {port, caught} = await setTrap();
  const first = createServer((_req, res) => res.writeHead(500).end());
  await listen(first, '127.0.0.2', port);
  let asked = 0;
  const resolve = () => Promise.resolve([(asked += 1) === 1 ? '127.0.0.2' : '127.0.0.1']);

  const [tried] = await tryAll([`http://rebinding.example:${port}/events`], resolve);

  expect(asked).toBeGreaterThan(1);
  expect(tried!.lastError).toBe('The address must begin with https://.');
  expect(caught).toEqual([]);
});

test.each([301, 302, 303, 307, 308])('a webhook that is answered %i fails where it is', async (status) => {
  const {port, caught} = await setTrap();
  const elsewhere = `http://127.0.0.1:${port}/next`;
  const server = await serve((_req, res) => res.writeHead(status, {location: elsewhere}).end());

  const [tried] = await tryAll([`http://127.0.0.2:${server.port}/events`], () => Promise.resolve([]));

  expect(tried!.lastError).toBe(`The answer was ${status}. Redirects are not followed.`);
  expect(new Set(server.asked)).toEqual(new Set(['/events']));
  expect(caught).toEqual([]);
});
