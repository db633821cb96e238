/**
 * Makes every call of the package against a real cluster, and checks each request and answer against the cluster's OpenAPI.
 */
import {randomUUID} from 'node:crypto';
import {createServer as createHttpServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {scopes} from '@madang/protocol/keys';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {Ajv2020} from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {collect} from '@madang/testkit/collect';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {createServer, ServerError, verifyWebhook, type Server, type WebhookDelivery} from '../src/server.ts';
import {readCases} from './conformance/cases.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

type Operation = {
  requestBody?: {content: {'application/json': {schema: object}}};
  responses: Record<string, {content?: {'application/json': {schema: object}}}>;
};
type OpenApi = {paths: Record<string, Record<string, Operation>>; components: object};
type Exchange = {method: string; path: string; body: unknown; status: number; answer: unknown};

let cluster: ProcessCluster;
let url: string;
let key: string;
let server: Server;
/** The requests and answers on the wire. */
const exchanges: Exchange[] = [];
beforeAll(async () => {
  const env = {WEBHOOK_SECRET: 'a secret of the tests that is long enough', OUTBOUND_ALLOW: '127.0.0.0/8'};
  cluster = await startCluster({gateways: 1, worker: true, env});
  ({url} = cluster.gateways[0]!);
  const db = createDatabase({
    url: cluster.databaseUrl,
    log: silent,
    applicationName: 'test',
    deadlineMs: 20_000,
  });
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  ({key} = await addApiKey(db, {tenantId, service: 'shop', scopes}));
  await setPolicy(db, {tenantId, policy: {...presetPolicy('community'), eventDays: 7}, changes: []});
  await db.close();
  server = createServer({url, key, fetch: recordingFetch});
}, 120_000);
afterAll(() => cluster?.stop());

const recordingFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const text = await response.clone().text();
  exchanges.push({
    method: init!.method!.toLowerCase(),
    path: new URL(String(input)).pathname.replace('/api/v1', ''),
    body: init!.body === undefined ? undefined : JSON.parse(init!.body as string),
    status: response.status,
    answer: response.headers.get('content-type')?.includes('ndjson') ? 'lines' : answerIn(text),
  });
  return response;
};

const answerIn = (text: string): unknown => (text === '' ? undefined : JSON.parse(text));

test("a product's users, rooms, messages and notifications go their way", async () => {
  const ann = await server.putUser('customer/7 ä', {name: 'Ann'});
  expect(await server.putUser('customer/7 ä', {name: 'Ann', displayName: 'Annie', color: '#123456'})).toEqual(
    {
      ...ann,
      displayName: 'Annie',
      color: '#123456',
    },
  );
  expect(await server.createTicket(ann.id)).toMatch(/^mdt_/);
  const [sam] = await server.putUsers([{externalId: 'sam', name: 'Sam', data: {plan: 'pro'}}]);
  expect(await server.getUser('sam')).toEqual(sam);
  const ids = [ann.id, sam!.id];
  expect((await server.listUsers({ids})).users.map(({id}) => id)).toEqual(ids);
  expect(await server.disableUser('sam')).toEqual({...sam, disabled: true});
  expect((await server.listUsers({externalIds: ['sam'], disabled: true})).users).toHaveLength(1);
  expect(await server.enableUser('sam')).toEqual(sam);
  expect(await server.signOutUser(`id:${sam!.id}`)).toEqual(sam);
  const lines = [];
  for await (const line of server.exportUser('sam')) lines.push(line);
  expect(lines[0]).toEqual({type: 'user', user: sam});
  expect(lines.at(-1)).toEqual({type: 'end', lines: lines.length - 1});
  expect(await server.deleteUser('sam')).toEqual({userId: sam!.id, messages: 'erase'});
  await expect(server.getUser('sam')).rejects.toMatchObject({code: 'not_found'});

  const room = await server.createRoom({title: 'Order 7', visibility: 'private', capacity: 5});
  expect(await server.addMember(room.id, ann.id, 'moderator')).toMatchObject({
    user: {id: ann.id},
    role: 'moderator',
  });
  const clientId = randomUUID();
  const first = await server.send(room.id, {text: 'Ready', clientId});
  expect(await server.send(room.id, {text: 'Ready', clientId})).toEqual({...first, duplicate: true});
  await server.send(room.id, 'At six');
  const page = await server.listMessages(room.id, {limit: 1});
  expect(page).toMatchObject({messages: [{text: 'At six'}], more: true});
  const earlier = await server.listMessages(room.id, {before: page.messages[0]!.seq});
  expect(earlier.messages.map(({text}) => text)).toEqual(['Ready']);

  const said = (await collect(server.messages(room.id))).map(({text}) => text);
  expect(said).toEqual(['At six', 'Ready']);

  const note = {to: [ann.id], type: 'order', data: {no: 7}, key: 'order-7'};
  expect(await server.notify(note)).toEqual(await server.notify(note));
  const roles: ('member' | 'moderator' | undefined)[] = [
    undefined,
    'member',
    undefined,
    'moderator',
    'moderator',
  ];
  const given = [];
  for (const role of roles) given.push((await server.addMember(room.id, ann.id, role)).role);
  expect(given).toEqual(['moderator', 'member', 'member', 'moderator', 'moderator']);
  await server.removeMember(room.id, ann.id);
  await server.removeMember(room.id, ann.id);
  const closed = await server.closeRoom(room.id);
  expect(closed.closedAt).toEqual(expect.any(String));
  expect(await server.closeRoom(room.id)).toEqual(closed);
});

test('rooms are found, filled, changed, cut and read from anywhere', async () => {
  const [ben] = await server.putUsers([{externalId: 'ben', name: 'Ben'}]);
  const room = await server.createRoom({title: 'Case 1', visibility: 'private', archived: true});
  const createdAt = '2020-01-01T00:00:00.000Z';
  const past = {clientId: randomUUID(), senderId: ben!.id, text: 'Long ago', createdAt};
  const [stored] = await server.importMessages(room.id, [past]);
  expect(await server.importMessages(room.id, [past])).toEqual([{...stored, duplicate: true}]);
  expect((await server.updateRoom(room.id, {archived: false})).archivedAt).toBeUndefined();
  expect(await server.room(room.id)).toMatchObject({title: 'Case 1'});
  expect((await server.listRooms({archived: false})).rooms.map(({id}) => id)).toContain(room.id);

  const {joined} = await server.putMembers(room.id, [{user: 'ben'}]);
  expect(joined).toEqual([ben!.id]);
  expect((await server.updateMember(room.id, ben!.id, {role: 'moderator'})).role).toBe('moderator');
  const {seq} = await server.send(room.id, 'A typo');
  await server.editMessage(room.id, seq, {text: 'No typo'});
  const read = () => server.readMessages([{roomId: room.id, seq}]);
  expect(await read()).toMatchObject([{text: 'No typo'}]);
  await server.deleteMessage(room.id, seq);
  expect(await read()).toMatchObject([{deletedAt: expect.any(String)}]);
  const found = (await collect(server.rooms({member: 'ben'}))).map(({id}) => id);
  expect(found).toContain(room.id);
  const here = (await collect(server.members(room.id))).map(({user}) => user.id);
  expect(here).toContain(ben!.id);
  expect(await collect(server.users({externalIds: ['ben']}))).toMatchObject([{id: ben!.id}]);
  const {members} = await server.listMembers(room.id, {limit: 10});
  expect(members.map(({user}) => user.id)).toContain(ben!.id);
  const {entries, head} = await server.syncRoom(room.id, {after: seq});
  expect(entries.at(-1)).toMatchObject({rev: head, type: 'delete', message: {seq}});
  const lines = [];
  for await (const line of server.exportRoom(room.id)) lines.push(line);
  expect(lines[0]).toMatchObject({type: 'room', room: {id: room.id}});
  const messages = lines.filter(({type}) => type === 'message').length;
  expect(lines.at(-1)).toEqual({type: 'end', messages});
  expect((await server.truncateRoom(room.id)).firstSeq).toBeGreaterThan(seq);
});

test('a message as a user is the user’s, by this service', async () => {
  const ann = await server.putUser('아라 7', {name: 'Ara'});
  const room = await server.createRoom({title: 'Order 8', visibility: 'private'});
  await server.addMember(room.id, ann.id);
  await server.asUser('아라 7').send(room.id, 'Hello');
  await server.asUser(`id:${ann.id}`).send(room.id, 'Again');

  const {messages} = await server.listMessages(room.id);
  expect(messages).toMatchObject([
    {text: 'Again', sender: {id: ann.id}, via: {name: 'shop', kind: 'service'}},
    {text: 'Hello', sender: {id: ann.id}, via: {name: 'shop', kind: 'service'}},
  ]);
});

test('keys are made, read, replaced and revoked', async () => {
  const {key: old, secret} = await server.createKey({service: 'mailer', scopes: ['send']});
  expect(secret).toMatch(/^mdk_/);
  const next = await server.createKey({
    service: 'mailer',
    scopes: ['send'],
    replaces: old.id,
    overlapSeconds: 60,
  });
  const ids = [];
  for await (const {id} of server.listKeys()) ids.push(id);
  expect(ids.slice(0, 2)).toEqual([next.key.id, old.id]);
  expect(await server.getKey(old.id)).toMatchObject({service: 'mailer', expiresAt: expect.any(String)});

  const revoked = await server.revokeKey(old.id);
  expect(revoked.revokedAt).toEqual(expect.any(String));
  expect(await server.revokeKey(old.id, {sessions: false})).toEqual(revoked);
});

test('the policy is read and changed by its version', async () => {
  const {policy, version} = await server.tenant();
  expect(policy).toMatchObject({eventDays: 7});

  const changed = await server.updateTenant({version, patch: {eventDays: 8}});

  expect(changed).toMatchObject({policy: {eventDays: 8}, version: version + 1});
  await expect(server.updateTenant({version, patch: {}})).rejects.toMatchObject({code: 'conflict'});
});

test('addresses of images are signed', async () => {
  const id = randomUUID();

  const [file] = await server.signFiles([id]);

  expect(file).toMatchObject({id, url: expect.stringContaining(`/files/${id}?signature=`)});
});

test('what the tenant used is told by day', async () => {
  const {days, quotas} = await server.usage();

  expect(days).toContainEqual(expect.objectContaining({day: expect.any(String), calls: expect.any(Number)}));
  expect(quotas).toEqual({});
});

test('what happens is told by events, and by a webhook whose deliveries are verified', async () => {
  const received: WebhookDelivery[] = [];
  let secret = '';
  const receiver = createHttpServer((req, res) => {
    void (async () => {
      const body = Buffer.concat(await req.toArray());
      received.push(verifyWebhook({secret, headers: req.headers, body}));
      res.writeHead(204).end();
    })().catch(() => res.writeHead(400).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void receiver.close());
  const {port} = receiver.address() as AddressInfo;
  const made = await server.addWebhook({url: `http://127.0.0.1:${port}`, types: ['room.created']});
  ({secret} = made);
  const {id, position} = made.webhook;

  const room = await server.createRoom({title: 'Told', visibility: 'private'});
  for await (const event of server.events({after: position, types: ['room.created']})) {
    expect(event.data.room).toMatchObject({id: room.id, title: 'Told'});
    break;
  }
  const told = () => received.flatMap(({data}) => data.events);
  await waitFor(() => told().length > 0, {timeoutMs: 20_000, what: 'the webhook to be told'});
  expect(told()[0]).toMatchObject({type: 'room.created', data: {room: {id: room.id}}});

  expect(await server.testWebhook(id)).toEqual({delivered: true, status: 204});
  expect((await server.replayWebhook(id, position)).id).toBe(id);
  await waitFor(() => told().length > 1, {timeoutMs: 20_000, what: 'the webhook to be told again'});
  expect(told()[1]!.id).toBe(told()[0]!.id);
  expect(await server.rotateWebhook(id)).not.toBe(secret);
  expect(await server.updateWebhook(id, {types: null, enabled: false})).toMatchObject({status: 'disabled'});
  expect(await server.getWebhook(id)).toMatchObject({id, status: 'disabled'});
  expect(await server.listWebhooks()).toHaveLength(1);
  await server.removeWebhook(id);
  expect(await server.listWebhooks()).toEqual([]);
});

test('whatever it sends and gets is what the OpenAPI document of the cluster says', async () => {
  const fits = await openApiCheck();

  const called = new Set(exchanges.map((exchange) => fits(exchange)));

  // One operation for each function of the package; four lists have two functions, one for all items and one for a page.
  const {
    users: _users,
    rooms: _rooms,
    members: _members,
    messages: _messages,
    ...others
  } = server.asUser('ann');
  expect(called.size).toBe(Object.keys(others).length);
});

test('the cases of conformance send and get what the OpenAPI document of the cluster says', async () => {
  const fits = await openApiCheck();
  const answered = readCases().filter(({isUnknown, error}) => !isUnknown && !error);
  const uuid = randomUUID();

  for (const {request, answer} of answered.flatMap((one) => one.exchanges)) {
    if (typeof answer !== 'object' || answer.status >= 300) continue;
    const [method, path] = [request.method.toLowerCase(), request.path.replace('/api/v1', '')];
    const sent = JSON.stringify(request.body)?.replaceAll('"$uuid"', `"${uuid}"`);
    const {status, text, body = text && 'lines'} = answer;
    fits({method, path, body: sent && JSON.parse(sent), status, answer: body});
  }
});

/** Creates a check of a request and its answer. The check returns the operation. */
async function openApiCheck(): Promise<(exchange: Exchange) => string> {
  const openapi = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as OpenApi;
  const ajv = new Ajv2020({strict: false});
  formats.default(ajv);
  const schemaOf = (schema: object) => ajv.compile({...schema, components: openapi.components});

  return ({method, path, body, status, answer}) => {
    const [template, methods] = Object.entries(openapi.paths).find(
      ([each, operations]) =>
        method in operations && new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    )!;
    const operation = methods[method]!;
    const request = operation.requestBody?.content['application/json'].schema;
    const isAccepted = schemaOf(request ?? {type: 'object', additionalProperties: false});
    expect({template, fits: isAccepted(body ?? {}), faults: isAccepted.errors}).toMatchObject({fits: true});
    expect(Object.keys(operation.responses), template).toContain(String(status));
    const {'application/json': json} = operation.responses[status]!.content!;
    if (answer !== 'lines') {
      const isAnswer = schemaOf(json.schema);
      expect({template, fits: isAnswer(answer), faults: isAnswer.errors}).toMatchObject({fits: true});
    }
    return `${method} ${template}`;
  };
}

test('a refusal is an error with its code, and is not tried again', async () => {
  const before = exchanges.length;

  await expect(server.createTicket(randomUUID())).rejects.toMatchObject({
    code: 'not_found',
    retryable: false,
  });
  const wrongRole = server.addMember(randomUUID(), randomUUID(), 'owner' as never);
  await expect(wrongRole).rejects.toMatchObject({code: 'invalid'});
  const stranger = createServer({url, key: 'mdk_wrong', fetch: recordingFetch});
  await expect(stranger.putUser('x', {name: 'X'})).rejects.toBeInstanceOf(ServerError);

  expect(exchanges.slice(before).map(({status}) => status)).toEqual([404, 400, 401]);
});

test('what is refused for now is tried again, until the time is over', async () => {
  let left = 2;
  const failing: typeof fetch = (input, init) => {
    left -= 1;
    if (left === 1) return Promise.reject(new TypeError('fetch failed'));
    if (left === 0) return Promise.resolve(new Response('<html>Bad gateway</html>', {status: 502}));
    return fetch(input, init);
  };
  const patient = createServer({url, key, fetch: failing});
  expect((await patient.putUser('y', {name: 'Y'})).name).toBe('Y');

  const hopeless = createServer({url: 'http://127.0.0.1:9', key, timeoutMs: 600});
  const since = performance.now();
  await expect(hopeless.putUser('y', {name: 'Y'})).rejects.toMatchObject({
    code: 'unavailable',
    retryable: true,
  });
  expect(performance.now() - since).toBeLessThan(5_000);
});
