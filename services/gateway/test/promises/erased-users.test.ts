/**
 * Row 18 of what the shared backend must show: a deleted user's texts and names are, within a minute, in no list, log,
 * export, event, replay, file or search, on no node, and in no table.
 */
import {randomUUID} from 'node:crypto';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {RoomState} from '@madang/protocol/rooms';
import type {ReadEventsResult, TenantEvent} from '@madang/protocol/tenant-events';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import type {SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {Product} from '../support/product.ts';
import {drawing, upload} from '../support/uploads.ts';

/** Part of every name and text of the user. */
const secret = `s${randomUUID().replaceAll('-', '').slice(0, 20)}`;
const promisedMs = 60_000;

let processes: ProcessCluster;
let shop: Product;
let agent: SignedIn;
let receiver: Server;
/** Bodies that were posted to the product's webhook. */
const posted: string[] = [];
beforeAll(async () => {
  receiver = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      posted.push(body);
      res.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const env = {
    OUTBOUND_ALLOW: '127.0.0.1/32',
    WEBHOOK_SECRET: 'a secret of more than 32 characters of the tests',
  };
  processes = await startCluster({gateways: 3, worker: true, env});
  shop = await Product.ofPreset('support', {
    urls: processes.gateways.map(({url}) => url),
    databaseUrl: processes.databaseUrl,
    stop: () => processes.stop(),
  });
  agent = await shop.customer('agent');
}, 120_000);
afterAll(async () => {
  await shop?.stop();
  receiver?.closeAllConnections();
  receiver?.close();
});

/** Tables with a row that contains the word. */
async function tablesWith(word: string): Promise<string[]> {
  const tables = await shop.db.query<{name: string}>(
    {
      name: '',
      text: `select quote_ident(table_name) as name from information_schema.tables
        where table_schema = current_schema() and table_type = 'BASE TABLE'`,
    },
    [],
  );
  const found: string[] = [];
  for (const {name} of tables) {
    const text = `select 1 from ${name} t where t::text ilike $1 limit 1`;
    const rows = await shop.db.query({name: '', text}, [`%${word}%`]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

async function allEvents(): Promise<TenantEvent[]> {
  const events: TenantEvent[] = [];
  for (let after = 0, more = true; more;) {
    const page = await shop.call<ReadEventsResult>('GET', `/events?after=${after}&limit=200&waitSeconds=1`);
    events.push(...page.events);
    more = page.events.length > 0;
    after = page.next;
  }
  return events;
}

/** The user's message in a room, with an image. */
async function write(roomId: string, who: SignedIn) {
  const path = `/rooms/${roomId}/messages`;
  const {token} = who;
  const image = (
    await upload(shop.anyNode, {token: token!}, {bytes: await drawing(8, 8), name: `${secret}.png`})
  ).attachment!;
  const send = (more: object) =>
    shop.call<{seq: number}>(
      'POST',
      path,
      {clientId: randomUUID(), text: `${secret} said`, ...more},
      {token},
    );
  const {seq} = await send({attachmentIds: [image.id], data: {note: secret}});
  await send({});
  await shop.call('PATCH', `${path}/${seq}`, {text: `${secret} edited`}, {token});
  return {seq, image};
}

test('within a minute nothing that a deleted user wrote or was called is anywhere, in open and in closed rooms', async () => {
  const own = `own-${secret}`;
  const who = await shop.customer(own, `Name ${secret}`);
  await shop.call('PUT', `/users/${own}`, {
    name: `Name ${secret}`,
    displayName: `Shown ${secret}`,
    data: {plan: secret},
  });
  const {port} = receiver.address() as AddressInfo;
  const {webhook} = await shop.call<{webhook: {id: string}}>('POST', '/webhooks', {
    url: `http://127.0.0.1:${port}/`,
  });
  const [open, closed] = [await shop.room('room', [who, agent]), await shop.room('room', [who, agent])];
  const {seq, image} = await write(open, who);
  await write(closed, who);
  const notice = {to: [who.user.id], type: 'order', data: {text: secret}};
  await shop.call('POST', '/notifications', notice);
  await shop.call('DELETE', `/rooms/${closed}`, {});
  const signed = await shop.call<{files: {url: string; thumbnailUrl: string}[]}>('POST', '/files/sign', {
    ids: [image.id],
  });
  const addresses = [image, ...signed.files].flatMap(({url, thumbnailUrl}) => [url, thumbnailUrl]);
  const statuses = () =>
    Promise.all(addresses.map((each) => shop.image(each, each.includes('signature') ? {cookie: ''} : {})));
  // Otherwise its absence would prove nothing.
  await waitFor(() => posted.some((body) => body.includes(`${secret} edited`)), {
    timeoutMs: 60_000,
    what: 'the webhook',
  });
  expect(await statuses()).toEqual([200, 200, 200, 200]);
  expect(await tablesWith(secret)).toEqual(expect.arrayContaining(['attachments', 'messages', 'users']));
  expect((await readings(open, closed, seq)).filter((text) => text.includes(secret))).toHaveLength(8);

  await shop.call('DELETE', `/users/${own}`, {});
  const since = performance.now();
  await waitFor(async () => (await tablesWith(secret)).length === 0, {
    timeoutMs: promisedMs,
    what: 'the tables to be clean',
    everyMs: 500,
  });
  expect(performance.now() - since).toBeLessThan(promisedMs);

  // Each call goes to the next node.
  for (let no = 0; no < 3; no += 1) {
    expect((await readings(open, closed, seq)).filter((text) => text.includes(secret))).toEqual([]);
    expect(await statuses()).not.toContain(200);
  }
  const told = await allEvents();
  expect(JSON.stringify(told)).not.toContain(secret);
  const erased = told.find(({type, data}) => type === 'user.erased' && data.userId === who.user.id);
  expect(erased?.data.counts).toMatchObject({messages: 4, files: 2});
  posted.length = 0;
  await shop.call('POST', `/webhooks/${webhook.id}/replay`, {after: 0});
  await waitFor(() => posted.some((body) => body.includes('user.erased')), {
    timeoutMs: 60_000,
    what: 'the replay',
  });
  expect(posted.join()).not.toContain(secret);
}, 240_000);

/** Every answer that could show the text or the name, each as one text. */
async function readings(open: string, closed: string, seq: number): Promise<string[]> {
  const tab = await shop.tabOf(agent);
  const {entries} = await tab.call('room:sync', {roomId: open, after: 0});
  tab.close();
  const {rooms} = await shop.call<{rooms: RoomState[]}>('GET', '/me', undefined, {token: agent.token});
  const paths = [
    `/rooms/${open}/messages`,
    `/rooms/${closed}/messages`,
    `/rooms/${open}/members`,
    `/users?query=${secret}`,
  ];
  const read = await shop.call<object>('POST', '/messages/read', {at: [{roomId: open, seq}]});
  const pages = await Promise.all(paths.map((path) => shop.call<object>('GET', path)));
  const exports = await Promise.all([open, closed].map((id) => shop.export(`/rooms/${id}/export`)));
  return [...[entries, read, rooms, ...pages].map((each) => JSON.stringify(each)), ...exports];
}
