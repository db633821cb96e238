/**
 * Promise 8, seen from the wire: malformed input is refused with a code, changes nothing and harms nobody else. The
 * access tests cover valid inputs; the inputs here are never valid.
 */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {scopes} from '@madang/protocol/keys';
import {limits} from '@madang/protocol/limits';
import {createLogger} from '@madang/runtime/log';
import {RawClient, Refused, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import fc from 'fast-check';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import type {z} from 'zod';
import type {Operation} from '../../src/calls/operation.ts';
import {operations} from '../../src/operations.ts';
import {nameOf} from '../../src/calls/run-operation.ts';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {
  bodyBytesOf,
  httpSamples,
  malformationsOf,
  roomId as sampleRoomId,
  samples,
  userId as sampleUserId,
} from '../support/malformations.ts';
import {Wire} from '../support/wire.ts';

const samplesByName: Record<string, object> = {...samples, ...httpSamples};
const named = operations.map((operation) => [nameOf(operation), operation] as const);

let cluster: Gateways;
let db: Database;
let metricsUrl: string;
let urls: [string, string];
/** The owner of a room with another member: a call that slipped through would change something. */
let owner: SignedIn;
let roomId: string;
let memberId: string;
let key: string;

beforeAll(async () => {
  // Some operations have more malformed inputs than the calls that a person may make in a minute.
  const rates = [
    'log-writes=400/60',
    'log-writes-per-address=9000/60',
    'searches=200/1',
    'searches-per-address=3000/1',
  ];
  cluster = await startGateways(1, {RATE_LIMITS: rates.join(' ')});
  const {url, metricsPort} = await cluster.add();
  urls = [cluster.urls[0]!, url];
  metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  const log = createLogger({name: 'test', level: 'warn'});
  db = createDatabase({url: cluster.databaseUrl, log, applicationName: 'test', deadlineMs: 20_000});
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  ({key} = await addApiKey(db, {tenantId, service: 'shop', scopes: [...scopes]}));
});
// A new owner each time, since a person's limits also count malformed calls.
beforeEach(async () => {
  owner = await signInGuest(urls[0]);
  const member = await signInGuest(urls[0]);
  const [first, second] = [await RawClient.connect(urls[0], owner), await RawClient.connect(urls[0], member)];
  const {room} = await first.call('room:create', {title: 'Courtyard', ephemeral: false});
  roomId = room.id;
  memberId = member.user.id;
  await second.call('room:join', {roomId});
  await first.send(roomId, 'hello');
  first.close();
  second.close();
});
afterAll(async () => {
  await cluster.stop();
  await db.close();
});

/** Everything that a call could have changed. */
async function stored(): Promise<unknown> {
  const digest = (table: string) =>
    `(select md5(string_agg(t::text, '' order by t::text)) from ${table} t) as ${table}`;
  const tables = ['users', 'rooms', 'memberships', 'membership_spans', 'messages', 'signals'];
  const [row] = await db.query({name: '', text: `select ${tables.map(digest).join(', ')}`});
  return row;
}

const isOptionalIn = ({input}: Operation) => {
  const {shape} = input as unknown as {
    shape: Record<string, {safeParse(value: unknown): {success: boolean}}>;
  };
  return (field: string) => shape[field]!.safeParse(undefined).success;
};
const spoiledInputsOf = (sample: object, operation: Operation) =>
  malformationsOf(sample, isOptionalIn(operation), bodyBytesOf(operation)).map(({text, ...rest}) => ({
    ...rest,
    text: text.replaceAll(sampleRoomId, roomId).replaceAll(sampleUserId, memberId),
  }));
const codeIn = (answer: {ok: true} | {ok: false; error: {code: string}}) =>
  answer.ok ? 'accepted' : answer.error.code;
/** A busy machine refuses calls before it checks them. */
const decided = (ask: () => Promise<string>) =>
  waitFor(
    async () => {
      const code = await ask();
      return code !== 'overloaded' && code !== 'unavailable' && code;
    },
    {timeoutMs: 20_000, what: 'a call to be decided', everyMs: 300},
  );
const codeOf = (kind: string) => (kind === 'oversized' ? 'too_large' : 'invalid');

test.each(named.filter(([, {event}]) => event))(
  '%s refuses every malformed input over a socket, and changes nothing',
  async (name, operation) => {
    const wire = await Wire.connect(urls[1], owner);
    const before = await stored();

    const answers = await Promise.all(
      spoiledInputsOf(samplesByName[name]!, operation).map(async ({kind, what, text}) => {
        return {kind, what, code: await decided(async () => codeIn(await wire.ask(name, text)))};
      }),
    );

    expect(answers.filter(({kind, code}) => code !== codeOf(kind))).toEqual([]);
    expect(answers.length).toBeGreaterThan(10);
    expect(await stored()).toEqual(before);
    wire.close();
  },
);

// A file is not JSON; hostile-uploads.test.ts covers malformed files.
test.each(named.filter(([, {http}]) => http && http.takes !== 'file'))(
  '%s refuses every malformed input over HTTP, and changes nothing',
  async (name, operation) => {
    // A large body is accepted only from a service.
    const takesMuch = operation.http!.takes === 'much';
    const before = await stored();
    const fields = Object.entries(samplesByName[name]!);
    const sample = operation.http!.method === 'get' ? fields.filter(([, value]) => !isNested(value)) : fields;
    const calls = spoiledInputsOf(Object.fromEntries(sample), operation).flatMap(({kind, what, text}) => {
      const call = toRequest(operation, kind, text);
      return call ? [{...call, kind, what}] : [];
    });

    const answers = await Promise.all(
      calls.map(async ({kind, what, method, path, body}) => {
        const caller = takesMuch ? {authorization: `Bearer ${key}`} : {cookie: owner.cookie};
        const headers = {...caller, ...(body ? {'content-type': 'application/json'} : {})};
        let status = 0;
        const code = await decided(async () => {
          const answer = await fetch(`${urls[1]}/api/v1${path}`, {method, headers, body});
          status = answer.status;
          return ((await answer.json()) as {error: {code: string}}).error.code;
        });
        return {kind, what, status, code};
      }),
    );

    const expected = (kind: string) => (kind === 'oversized' ? 413 : 400);
    expect(
      answers.filter(({kind, code, status}) => code !== codeOf(kind) || status !== expected(kind)),
    ).toEqual([]);
    expect(answers.length).toBeGreaterThan(4);
    expect(await stored()).toEqual(before);
  },
);

const isNested = (value: unknown) => typeof value === 'object';

/** The input as a request carries it; undefined for input that HTTP cannot carry, or carries as valid input. */
function toRequest({http, input: schema}: Operation, kind: string, text: string) {
  const input: unknown = JSON.parse(text);
  const method = http!.method.toUpperCase();
  const names = [...http!.path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter!);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return method === 'GET' || names.length > 0 ? undefined : {method, path: http!.path, body: text};
  }
  const rest = {...input} as Record<string, unknown>;
  let path: string = http!.path;
  for (const parameter of names) {
    const value = rest[parameter];
    if ((typeof value !== 'string' && typeof value !== 'number') || !String(value).isWellFormed())
      return undefined;
    // In a path a number is text, which may be valid.
    const {shape} = schema as z.ZodObject<Record<string, z.ZodType>>;
    const isWrongType = kind === 'wrong type' && typeof value === 'number';
    if (isWrongType && shape[parameter]!.safeParse(String(value)).success) return undefined;
    path = path.replace(`:${parameter}`, encodeURIComponent(value));
    delete rest[parameter];
  }
  if (method !== 'GET') return {method, path, body: JSON.stringify(rest)};
  const isPlain = Object.values(rest).every((value) => !isNested(value));
  // A query is text: it has no other types, and a browser sends neither invalid Unicode nor 64 KiB.
  if (!isPlain || ['wrong type', 'unpaired surrogate', 'oversized'].includes(kind)) return undefined;
  if (!Object.keys(rest).every((key) => key.isWellFormed())) return undefined;
  return {method, path: `${path}?${new URLSearchParams(rest as Record<string, string>)}`, body: undefined};
}

test('what is no call at all is refused, and the connection goes on', async () => {
  const wire = await Wire.connect(urls[1], owner);
  const calls: [string, ...string[]][] = [
    ['room:list'],
    ['room:list', '{}', '{}'],
    ['room:list', '[]'],
    ['nobody:knows', '{}'],
    ['__proto__', '{}'],
    ['constructor', '{}'],
    ['hasOwnProperty', '{}'],
    ['', '{}'],
    ['room:log', '{}'],
    ['signal', '{}'],
    ['message:send\u0000', '{}'],
  ];

  for (const [event, ...args] of calls) {
    expect(await wire.ask(event, ...args)).toMatchObject({ok: false, error: {code: 'invalid'}});
  }

  expect(await wire.ask('room:get', JSON.stringify({roomId}))).toMatchObject({ok: true});
  wire.close();
});

test('a binary event is refused like any other that does not fit', async () => {
  const client = await RawClient.connect(urls[1], owner);

  const answer = await client.ask('room:create', {title: Buffer.from('Courtyard')} as never);

  expect(answer).toMatchObject({ok: false, error: {code: 'invalid'}});
  client.close();
});

test.each(['2["room:list"', '2{}', '2[7,{}]', '2["disconnect",{}]', '9', '251-["room:list",{}]x', '2[]'])(
  'a frame that is no packet (4%s) ends that connection at most',
  async (text) => {
    const [wire, other] = [await Wire.connect(urls[1], owner), await Wire.connect(urls[1], owner)];

    wire.socket.send(`4${text}`);
    const outcome = await Promise.race([
      wire.closed,
      wire.ask('room:get', JSON.stringify({roomId})).catch(() => 'closed'),
    ]);

    expect(outcome).toBeDefined();
    expect(await other.ask('room:get', JSON.stringify({roomId}))).toMatchObject({ok: true});
    wire.close();
    other.close();
  },
);

test('above 64 KiB an event is too large, above 256 KiB the connection closes with 1009', async () => {
  const wire = await Wire.connect(urls[1], owner);
  const send = (chars: number) =>
    wire.ask('message:send', JSON.stringify({roomId, clientId: randomUUID(), text: 'x'.repeat(chars)}));
  const before = await stored();

  expect(await send(limits.eventBytes)).toMatchObject({ok: false, error: {code: 'too_large'}});
  expect(await send(limits.transportBytes - 1_000)).toMatchObject({ok: false, error: {code: 'too_large'}});
  const sent = send(limits.transportBytes).catch(() => 'never answered');

  expect(await wire.closed).toBe(1009);
  expect(await sent).toBe('never answered');
  expect(await stored()).toEqual(before);
});

test('an event without an acknowledgement function is dropped and counted', async () => {
  const wire = await Wire.connect(urls[1], owner);
  const countedBefore = await counted('madang_unacknowledged_total');
  const before = await stored();

  for (const [name] of named.filter(([, {event}]) => event)) {
    const text = JSON.stringify(samplesByName[name]).replaceAll(sampleRoomId, roomId);
    wire.tell(name, text.replaceAll(sampleUserId, memberId));
  }
  wire.tell('room:create', JSON.stringify({title: 'nobody asked'}));
  // Calls of one connection begin in order, so the others had begun by the time of this answer.
  await wire.ask('room:get', JSON.stringify({roomId}));

  const sent = named.filter(([, {event}]) => event).length + 1;
  expect((await counted('madang_unacknowledged_total')) - countedBefore).toBe(sent);
  expect(await stored()).toEqual(before);
  wire.close();
});

test('a poison message fails alone, and not the batch in which it travels', async () => {
  const senders = await Promise.all(
    Array.from({length: 4}, async (_, no) => RawClient.connect(urls[no % 2]!, await signInGuest(urls[0]))),
  );
  for (const sender of senders) await sender.call('room:join', {roomId});
  const poisons: [string, object][] = [
    ['invalid', {text: 'nul\u0000'}],
    ['invalid', {text: '\udc00'}],
    ['invalid', {text: 'reply to what is not there', replyTo: Number.MAX_SAFE_INTEGER}],
    ['invalid', {text: 'x'.repeat(4_001)}],
    ['invalid', {}],
    ['not_found', {text: 'elsewhere', roomId: randomUUID()}],
  ];

  const outcomes = await Promise.all(
    Array.from({length: 240}, async (_, no) => {
      const sender = senders[no % 4]!;
      const clientId = randomUUID();
      const [code, spoiled] =
        no % 3 > 0 ? ['accepted', {text: `good ${no}`}] : poisons[(no / 3) % poisons.length]!;
      const send = () => sender.ask('message:send', {roomId, clientId, ...spoiled});
      return {outcome: await decided(async () => codeIn(await send())), expected: code};
    }),
  );

  for (const {outcome, expected} of outcomes) expect(outcome).toBe(expected);
  const {messages} = await senders[0]!.call('message:list', {roomId, limit: 200});
  expect(messages.filter(({text}) => text.startsWith('good'))).toHaveLength(160);
  for (const sender of senders) sender.close();
});

test('2,000 random payloads over sockets change nothing', async () => {
  const payload = fc.jsonValue({maxDepth: 3, stringUnit: 'binary'});
  const event = fc.oneof(
    {weight: 20, arbitrary: fc.constantFrom(...Object.keys(samples))},
    {weight: 1, arbitrary: fc.string({unit: 'binary'})},
  );
  // By Socket.IO's own rule, these names would end the connection.
  const reserved = new Set([
    'connect',
    'connect_error',
    'disconnect',
    'disconnecting',
    'newListener',
    'removeListener',
  ]);
  const calls = fc.sample(
    fc.record({event: event.filter((name) => !reserved.has(name)), payload, field: fc.string()}),
    2_000,
  );
  const wires = await Promise.all(urls.flatMap((url) => [owner, owner].map((who) => Wire.connect(url, who))));
  const before = await stored();
  const harmless = new Set(['invalid', 'too_large', 'rate_limited', 'overloaded', 'unavailable']);

  const unexpected: unknown[] = [];
  for (let first = 0; first < calls.length; first += 100) {
    await Promise.all(
      calls.slice(first, first + 100).map(async (call, no) => {
        // Half of them are nearly valid: the caller's own room, and one random field.
        const fitting = no % 2 === 0 ? {roomId, [call.field]: call.payload} : call.payload;
        const text = JSON.stringify(fitting);
        const answer = await wires[no % wires.length]!.ask(call.event, text);
        const isRead = /^(session:start|room:(list|get|members)|user:list|(presence|lobby):\w+)$/.test(
          call.event,
        );
        // Refused before their input is read.
        const isOfAdministrators = /^(audit:list|tenant:(get|update))$/.test(call.event);
        const isHarmless = (code: string) =>
          harmless.has(code) || (isOfAdministrators && code === 'forbidden');
        if (answer.ok ? !isRead && text !== '{}' : !isHarmless(answer.error.code))
          unexpected.push({call, answer});
      }),
    );
  }

  expect(unexpected).toEqual([]);
  expect(await stored()).toEqual(before);
  for (const wire of wires) {
    expect(await wire.ask('room:get', JSON.stringify({roomId}))).toMatchObject({ok: true});
    wire.close();
  }
});

test('after all that, the nodes serve everyone as before', async () => {
  const [here, there] = [await RawClient.connect(urls[0], owner), await RawClient.connect(urls[1], owner)];
  for (const tab of [here, there]) await tab.call('session:start', {});

  const {rev} = await here.send(roomId, 'all is well');

  await waitFor(() => there.frames(roomId).at(-1)?.head === rev, {timeoutMs: 3_000, what: 'the message'});
  expect((await request(urls[1], 'GET', '/me', {cookie: owner.cookie})).status).toBe(200);
  await expect(there.call('room:get', {roomId: randomUUID()})).rejects.toBeInstanceOf(Refused);
  here.close();
  there.close();
});

async function counted(metric: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(new RegExp(`^${metric}(?:\\{[^}]*\\})? (\\d+)$`, 'm').exec(text)?.[1]);
}
