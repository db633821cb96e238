// The limits of one guest: stored data grows no faster than a person could intend.
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {CallInput, CallName} from '@madang/protocol/calls';
import {RawClient, request, signInGuest} from '@madang/testkit/raw-client';
import {readRateRules} from '../../src/calls/rate-rules.ts';
import {startGateways, type Gateways} from '../support/gateways.ts';

const callsAtOnce = 400;
const rules = readRateRules('');

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(2, {RATE_LIMITS: ''});
});
afterAll(() => cluster.stop());

async function newGuest(): Promise<RawClient> {
  const [url] = cluster.urls as [string];
  return RawClient.connect(url, await signInGuest(url));
}

/**
 * Makes calls as fast as a socket takes them. Returns how many succeeded, and the codes of the others, which a busy
 * machine adds to.
 */
async function flood<Name extends CallName>(
  client: RawClient,
  name: Name,
  input: (index: number) => CallInput<Name>,
  times = callsAtOnce,
): Promise<{done: number; codes: Set<string>; forMs: number}> {
  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({length: times}, (_, index) => client.ask(name, input(index), 20_000)),
  );
  const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
  for (const error of refused) expect(error).toMatchObject({retryAfterMs: expect.any(Number)});
  return {
    done: answers.length - refused.length,
    codes: new Set(refused.map(({code}) => code)),
    forMs: performance.now() - startedAt,
  };
}

/** How much a rule allows in a time, starting from a full bucket. */
function allowed(name: keyof typeof rules, forMs: number): number {
  const {points, perMs, burst = points} = rules[name];
  return burst + Math.ceil((forMs * points) / perMs);
}

describe('one guest who calls as fast as a socket takes it', () => {
  test('changes a room no faster than its members can read', async () => {
    const guest = await newGuest();
    const {room} = await guest.call('room:create', {title: 'Den'});

    const {done, codes, forMs} = await flood(guest, 'room:update', (index) => ({
      roomId: room.id,
      title: `Den ${index}`,
    }));

    expect(done).toBeLessThanOrEqual(allowed('log-writes', forMs));
    expect(codes).toContain('rate_limited');
  });

  test('comes to a room and leaves it at the pace of log entries, and comes back to one room 60 times an hour', async () => {
    const [owner, guest] = [await newGuest(), await newGuest()];
    const {room} = await owner.call('room:create', {title: 'Door'});
    let joined = 0;
    let refusal: unknown;

    for (let index = 0; index < callsAtOnce && !refusal; index += 1) {
      const answer = await guest.ask('room:join', {roomId: room.id});
      if (answer.ok) joined += 1;
      else refusal = answer.error;
      await guest.ask('room:leave', {roomId: room.id});
    }

    expect(joined).toBeLessThanOrEqual(rules.joins.points + 1);
    expect(refusal).toMatchObject({code: 'rate_limited', retryAfterMs: expect.any(Number)});
  });

  test('changes its profile no faster than others can be told', async () => {
    const {done, codes, forMs} = await flood(await newGuest(), 'user:update', (index) => ({
      color: `#${(index % 10).toString().repeat(6)}`,
    }));

    expect(done).toBeLessThanOrEqual(allowed('heavy-calls', forMs));
    expect(codes).toContain('rate_limited');
  });

  test('looks people up no faster than it could look at them', async () => {
    const {done, codes, forMs} = await flood(await newGuest(), 'user:list', () => ({}));

    expect(done).toBeLessThanOrEqual(allowed('searches', forMs));
    expect(codes).toContain('rate_limited');
  });

  test('reads no faster than a client that catches up', async () => {
    const guest = await newGuest();
    const {room} = await guest.call('room:create', {title: 'Archive'});

    const {done, codes, forMs} = await flood(guest, 'message:list', () => ({roomId: room.id}), 1_000);

    expect(done).toBeLessThanOrEqual(allowed('reads', forMs));
    expect(codes).toContain('rate_limited');
  });
});

test('the limit is one, over a socket and HTTP', async () => {
  const [url] = cluster.urls as [string];
  const guest = await signInGuest(url);
  const client = await RawClient.connect(url, guest);
  await flood(client, 'user:update', () => ({color: '#112233'}));

  const change = () => request(url, 'PATCH', '/me', {cookie: guest.cookie, body: {color: '#332211'}});
  // One token returns each second, and a busy machine answers 503; without this limit 120 would pass.
  const answers = [];
  while (answers.length < 60 && answers.at(-1)?.status !== 429) answers.push(await change());

  expect(answers.at(-1)!.body.error).toMatchObject({code: 'rate_limited', retryable: true});
});

test('one who is refused takes nothing from others behind the same address', async () => {
  const [flooder, other] = [await newGuest(), await newGuest()];
  await flood(flooder, 'user:update', () => ({color: '#112233'}), 500);

  expect(await other.call('user:update', {color: '#332211'})).toMatchObject({user: {color: '#332211'}});
});

test('an operator sets what a product needs', async () => {
  const gateway = await cluster.add({
    RATE_LIMITS: 'heavy-calls=3/3600',
    REDIS_PREFIX: `${cluster.env.REDIS_PREFIX}2:`,
  });
  const guest = await RawClient.connect(gateway.url, await signInGuest(gateway.url));
  const change = () => guest.ask('user:update', {color: '#112233'}, 20_000);

  // A busy machine may refuse a call after it was counted.
  for (let index = 0; index < 3; index += 1) await change();

  expect(await change()).toMatchObject({ok: false, error: {code: 'rate_limited'}});
});

test('guests who put one person into room after room are stopped together', async () => {
  const [url] = cluster.urls as [string];
  const victim = await signInGuest(url);
  const codes: string[] = [];
  const startedAt = performance.now();
  // Each stays below the limit for log entries.
  for (let adders = 0; adders < 3; adders += 1) {
    const adder = await newGuest();
    for (let rooms = 0; rooms < 25; rooms += 1) {
      const {room} = await adder.call('room:create', {title: 'Trap', visibility: 'private'});
      const added = await adder.ask('member:add', {roomId: room.id, userId: victim.user.id}, 20_000);
      codes.push(added.ok ? 'ok' : added.error.code);
    }
    adder.close();
  }

  const added = codes.filter((code) => code === 'ok').length;
  expect(added).toBeLessThanOrEqual(allowed('additions', performance.now() - startedAt));
  expect(codes.at(-1)).toBe('rate_limited');
}, 60_000);
