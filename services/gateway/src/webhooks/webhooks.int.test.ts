import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {addApiKey} from '@madang/database/access/api-keys';
import {listAudit} from '@madang/database/operator/audit';
import type {CreateWebhookResult, TestWebhookResult, Webhook, WebhookResult} from '@madang/protocol/webhooks';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
let key: string;
const url = 'https://shop.example/madang';

beforeAll(async () => {
  database = await createTestDatabase();
  const {url: redisUrl, prefix} = testRedis();
  app = await startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    OUTBOUND_ALLOW: '127.0.0.0/8',
    WEBHOOK_SECRET: 'a secret of the tests that is long enough',
  });
  const {id: tenantId} = await app.identify.tenantOf({headers: {}, socket: {}});
  ({key} = await addApiKey(app.adminDb, {tenantId, service: 'shop', scopes: ['admin']}));
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

async function call<Body>(method: string, path: string, body?: object) {
  const answer = await app.api(method, path, {headers: {authorization: `Bearer ${key}`}, body});
  return {status: answer.status, body: answer.body as unknown as Body};
}
const make = async (address = url) => {
  const {status, body} = await call<CreateWebhookResult>('POST', '/webhooks', {url: address});
  expect(status).toBe(201);
  return body;
};

test('a webhook is made, read, changed and removed, and its secret is in one answer alone', async () => {
  const {webhook, secret} = await make();
  const path = `/webhooks/${webhook.id}`;
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  expect(webhook).toMatchObject({url, status: 'active', position: 0, lagSeconds: 0, attempts: 0});

  const changed = await call<WebhookResult>('PATCH', path, {types: ['room.closed'], enabled: false});
  expect(changed.body.webhook).toMatchObject({types: ['room.closed'], status: 'disabled'});
  const back = await call<WebhookResult>('PATCH', path, {types: null, enabled: true});
  expect(back.body.webhook).toEqual(webhook);
  const listed = await call<{webhooks: Webhook[]}>('GET', '/webhooks');
  expect(listed.body.webhooks).toContainEqual(webhook);
  expect(JSON.stringify(listed.body)).not.toContain('whsec_');
  const rotated = await call<{secret: string}>('POST', `${path}/rotate`, {});
  expect(rotated.body.secret).not.toBe(secret);
  expect((await call<WebhookResult>('POST', `${path}/replay`, {after: 7})).body.webhook.position).toBe(7);
  expect((await call('DELETE', path)).status).toBe(200);

  expect((await call('GET', path)).status).toBe(404);
  const lines = await listAudit(app.adminDb, {limit: 50});
  const actions = lines.map(({action}) => action).filter((action) => action.startsWith('webhook:'));
  expect(actions.toSorted()).toEqual(
    ['add', 'remove', 'replay', 'rotate', 'update', 'update'].map((act) => `webhook:${act}`),
  );
});

test.each(['shop.example', 'ftp://shop.example/', 'https://ann:secret@shop.example/'])(
  'refuses the address %j',
  async (address) => {
    expect(await call('POST', '/webhooks', {url: address})).toMatchObject({
      status: 400,
      body: {error: {code: 'invalid', details: {issues: [{path: 'url'}]}}},
    });
  },
);

test('a test posts a signed delivery without events, and says what came of it', async () => {
  const received: {headers: IncomingHttpHeaders; body: string}[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      received.push({headers: req.headers, body});
      res.writeHead(received.length === 1 ? 204 : 500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {webhook} = await make(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const tried = () => call<TestWebhookResult>('POST', `/webhooks/${webhook.id}/test`, {});

  expect((await tried()).body).toEqual({delivered: true, status: 204});
  expect((await tried()).body).toEqual({delivered: false, status: 500, error: 'The answer was 500.'});
  server.close();
  expect(JSON.parse(received[0]!.body)).toMatchObject({type: 'events', data: {events: []}});
  expect(received[0]!.headers['webhook-signature']).toMatch(/^v1,/);
});

test('a tenant has twenty webhooks at most', async () => {
  const {body} = await call<{webhooks: Webhook[]}>('GET', '/webhooks');
  for (let no = body.webhooks.length; no < 20; no += 1) await make();

  expect(await call('POST', '/webhooks', {url})).toMatchObject({
    status: 403,
    body: {error: {code: 'forbidden', details: {quota: 'webhooks', max: 20}}},
  });
});
