import {createMetrics} from '@madang/runtime/metrics';
import {ChatError, type WireError} from '@madang/protocol/errors';
import type {Scope} from '@madang/protocol/keys';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {anyone, signedIn} from './access.ts';
import type {Context} from '../context.ts';
import {createLanes} from '../lanes/lanes.ts';
import {createGatewayMetrics} from '../metrics.ts';
import type {Node} from '../node.ts';
import type {Operation} from './operation.ts';
import {classes, readRateRules, type Ceilings} from './rate-rules.ts';
import type {Rule} from '@madang/redis/rate-limits';
import {createRunOperation, toWireError} from './run-operation.ts';

const address = '192.0.2.1';
const user = {id: 'u1', kind: 'account', name: 'ada', color: '#000000'} as const;
const audited: unknown[] = [];
const calls: string[] = [];
const audit = {noteOften: (_kind: string, line: unknown) => audited.push(line)};
const node = {config: {SEND_DEADLINE_MS: 900}, audit};
const anonymous = {node, address, receivedAt: 100, tenantId: 't1'} as unknown as Context<Node>;
const ada: Context<Node> = {...anonymous, caller: {user, tenantId: 't1', sessionHash: 's1'}};

const operation = {
  event: 'thing:do',
  input: z.strictObject({size: z.int()}),
  result: z.object({}),
  policy: (ctx: Context) => signedIn(ctx),
  limits: [
    {rule: 'reads', per: 'user'},
    {rule: 'send-bytes', per: 'user', cost: ({size}: {size: number}) => size},
    {rule: 'guests', per: 'address'},
  ],
  shed: 'send',
  handle: async () => 'done',
} as unknown as Operation;

function setUp({isOverloaded = false, limited = '', isStale = false, ceilings = {} as Ceilings} = {}) {
  const steps: string[] = [];
  const metrics = createGatewayMetrics(createMetrics(), 'test', (id) => `name of ${id}`);
  const takeOne = (rule: Rule, key: string, cost: number | undefined): true => {
    steps.push(`${rule.name} ${key} ${cost ?? ''}`.trim());
    if (rule.name === limited) throw new ChatError('rate_limited', {retryAfterMs: 5});
    return true;
  };
  const run = createRunOperation({
    rules: readRateRules(''),
    ceilingsOf: () => ceilings,
    isOverloaded: () => isOverloaded,
    async ready(deadlineAt) {
      steps.push(`ready by ${deadlineAt}`);
      if (isStale) throw new ChatError('unavailable');
    },
    limits: {
      takeHere: (rule, key, cost) => rule.perNode === true && takeOne(rule, key, cost),
      take: async (rule, key, cost) => void takeOne(rule, key, cost),
    },
    lanes: createLanes(),
    usage: {called: (tenantId) => void calls.push(tenantId)},
    metrics,
  });
  return {run, steps, metrics};
}

test('takes limits, waits for a fresh pulse until the deadline, and takes what the input costs', async () => {
  const {run, steps} = setUp();

  expect(await run(operation, ada, {size: 7})).toBe('done');
  expect(steps).toEqual(['reads u1', `guests ${address}`, 'ready by 1000', 'send-bytes u1 7']);
});

test('tells an anonymous caller to sign in before it says anything about the input', async () => {
  const {run, steps} = setUp();

  await expect(run(operation, anonymous, 'nonsense')).rejects.toMatchObject({code: 'unauthenticated'});
  expect(steps).toEqual([`guests ${address}`]);
});

test('lets an anonymous caller through where anyone may call', async () => {
  const {run} = setUp();

  expect(await run({...operation, policy: anyone}, anonymous, {size: 1})).toBe('done');
});

test('accepts nothing from a connection that was ended while the call waited', async () => {
  const {run} = setUp();
  const connection = {hasEnded: false};
  const ctx = {...ada, connection} as unknown as Context<Node>;
  const handle = async () => 'done';
  const policy = (given: Context) => ((connection.hasEnded = true), signedIn(given));

  await expect(run({...operation, policy, handle}, ctx, {size: 1})).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('limits malformed calls, too', async () => {
  const {run} = setUp({limited: 'reads'});

  await expect(run(operation, ada, {size: 'x'})).rejects.toMatchObject({code: 'rate_limited'});
});

test('says which fields do not fit, without the values', async () => {
  const {run} = setUp();

  const refusal = await run(operation, ada, {size: 'secret', other: 1}).catch((error: unknown) => error);

  expect(refusal).toMatchObject({code: 'invalid', details: {issues: [{path: 'size'}, {path: ''}]}});
  expect(JSON.stringify((refusal as ChatError).toWire())).not.toContain('secret');
});

test.each([
  undefined,
  null,
  'text',
  5,
  [],
  {size: 1, ['__proto__x']: 1},
  JSON.parse('{"size":1,"__proto__":{}}'),
])('refuses %j as input', async (input) => {
  const {run} = setUp();

  await expect(run(operation, ada, input)).rejects.toMatchObject({code: 'invalid'});
});

test('says no more of a hostile input than fits a line', async () => {
  const {run} = setUp();
  const input = Object.fromEntries(Array.from({length: 5_000}, (_, field) => [`unknown${field}`, field]));

  const {details} = (await run(operation, ada, input).catch((error: ChatError) =>
    error.toWire(),
  )) as WireError;

  expect(JSON.stringify(details).length).toBeLessThan(1_000);
});

test('starts nothing while overloaded, and counts it', async () => {
  const {run, steps, metrics} = setUp({isOverloaded: true});

  await expect(run(operation, ada, {size: 1})).rejects.toMatchObject({
    code: 'overloaded',
    retryAfterMs: 1_000,
  });
  expect(steps).toEqual([]);
  expect(await metrics.shed.get()).toMatchObject({values: [{labels: {operation: 'thing:do'}, value: 1}]});
});

test('starts nothing on a node that may be out of date', async () => {
  const {run} = setUp({isStale: true});

  await expect(run(operation, ada, {size: 1})).rejects.toMatchObject({code: 'unavailable'});
});

test('takes a scope of a key, and none of a session, before it says anything about the input', async () => {
  const {run, steps} = setUp();
  const byKey = (...scopes: Scope[]): Context<Node> => ({
    ...ada,
    caller: {...ada.caller!, user: {...user, kind: 'service'}, key: {id: 'k1', scopes}},
  });
  const scoped = {...operation, scope: ['read', 'send']} satisfies Operation;

  for (const ctx of [byKey('read'), byKey('admin', 'send'), ada])
    expect(await run(scoped, ctx, {size: 1})).toBe('done');
  steps.length = 0;
  const refusal = {code: 'forbidden', details: {scope: 'read'}};
  await expect(run(scoped, byKey('admin', 'users'), 'nonsense')).rejects.toMatchObject(refusal);
  await expect(run(operation, byKey('admin', 'read'), {size: 1})).rejects.toMatchObject({code: 'forbidden'});
  expect(steps).toEqual([]);
  expect(audited).toMatchObject([
    {
      action: 'key:refused',
      reason: 'forbidden',
      details: {operation: 'thing:do', scope: 'read', keyId: 'k1'},
    },
    {action: 'key:refused', reason: 'forbidden', details: {operation: 'thing:do'}},
  ]);
});

test('spares services the limits', async () => {
  const {run, steps} = setUp();
  const service: Context<Node> = {...ada, caller: {...ada.caller!, user: {...user, kind: 'service'}}};

  await run(operation, service, {size: 7});
  expect(steps).toEqual(['ready by 1000']);
});

test('bounds the calls of a key and of a tenant where a policy says so, services included', async () => {
  const ceilings = {key: {calls: 200}, tenant: {calls: 2_000}};
  const {run, steps} = setUp({ceilings});
  const key = {id: 'k1', scopes: ['send']} as const;
  const service: Context<Node> = {...ada, caller: {...ada.caller!, user: {...user, kind: 'service'}, key}};
  const limits = [...operation.limits, ...classes.read];

  await run({...operation, limits, scope: 'send'}, service, {size: 7});
  expect(steps).toEqual(['calls-per-key k1', 'calls-per-tenant t1', 'ready by 1000']);
});

test('counts calls by tenant and outcome', async () => {
  const {run, metrics} = setUp({limited: 'reads'});
  await run(operation, anonymous, {size: 1}).catch(() => undefined);
  await run(operation, ada, {size: 1}).catch(() => undefined);

  const {values} = await metrics.tenantCalls.get();
  expect(values.map(({labels, value}) => ({...labels, value}))).toEqual([
    {tenant: 'name of t1', outcome: 'unauthenticated', value: 1},
    {tenant: 'name of t1', outcome: 'rate_limited', value: 1},
  ]);
});

test('a fault is logged once and tells the caller nothing', () => {
  const logged: unknown[] = [];
  const log = {error: (fields: unknown) => logged.push(fields)};
  const fault = new Error('select * from secrets');

  const wire = toWireError(log as never, fault);

  expect(wire).toMatchObject({code: 'internal', retryable: true});
  expect(JSON.stringify(wire)).not.toContain('secrets');
  expect(logged).toEqual([{err: fault}]);
});

test('a stranger takes nothing of what a tenant may do', async () => {
  const {run, steps} = setUp({ceilings: {tenant: {calls: 5}}});
  const bounded = {...operation, limits: [{rule: 'calls', per: 'tenant'}]} as Operation;

  await expect(run(bounded, anonymous, {size: 7})).rejects.toMatchObject({code: 'unauthenticated'});
  expect(steps).toEqual([]);
  await run(bounded, ada, {size: 7});
  expect(steps[0]).toBe('calls-per-tenant t1');
});

test('counts the calls of who has a credential, refused ones too, and of nobody else', async () => {
  calls.length = 0;
  await setUp().run(operation, ada, {size: 1});
  await expect(setUp({isOverloaded: true}).run(operation, ada, {size: 1})).rejects.toThrow();
  await expect(setUp().run(operation, anonymous, {size: 1})).rejects.toThrow();

  expect(calls).toEqual(['t1', 't1']);
});
