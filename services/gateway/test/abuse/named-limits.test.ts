// A refusal names the limit and whom it counts, so that a product can tell its own key's limits from its users'.
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {WireError} from '@madang/protocol/errors';
import {crowdedRates} from '@madang/testkit/crowded-rates';
import {RawClient, Refused, registerAccount, request, signInGuest} from '@madang/testkit/raw-client';
import {startGateways, type Gateways} from '../support/gateways.ts';

const once = (...names: string[]) => [crowdedRates, ...names.map((name) => `${name}=1/3600`)].join(' ');

let cluster: Gateways;
let url: string;
beforeAll(async () => {
  cluster = await startGateways(1, {RATE_LIMITS: once('joins', 'additions', 'handshakes')});
  url = cluster.urls[0]!;
});
afterAll(() => cluster.stop());

/** A gateway with its own counters. */
async function addGateway(name: string, env: Record<string, string>): Promise<string> {
  const gateway = await cluster.add({...env, REDIS_PREFIX: `${cluster.env['REDIS_PREFIX']}${name}:`});
  return gateway.url;
}

async function newGuest(at = url): Promise<RawClient> {
  return RawClient.connect(at, await signInGuest(at));
}

type Outcome = {ok?: unknown; error?: WireError; body?: {error?: WireError}};

/** Retries until a limit refuses: a busy machine may refuse an attempt before or after it was counted. */
async function untilLimited(attempt: () => Promise<unknown>): Promise<WireError> {
  for (let attempts = 0; attempts < 100; attempts += 1) {
    const {error, body} = (await attempt()) as Outcome;
    const refusal = error ?? body?.error;
    if (refusal?.code === 'rate_limited') return refusal;
  }
  throw new Error('no limit refused');
}

function refusedBy(limit: string, per: string) {
  return {code: 'rate_limited', retryAfterMs: expect.any(Number), details: {limit, per}};
}

test('joins of one user', async () => {
  const [owner, guest] = [await newGuest(), await newGuest()];
  const {room} = await owner.call('room:create', {title: 'Door'});

  const refusal = await untilLimited(async () => {
    await guest.ask('room:leave', {roomId: room.id});
    return guest.ask('room:join', {roomId: room.id});
  });

  expect(refusal).toMatchObject(refusedBy('joins', 'user'));
});

test('additions of one user by others', async () => {
  const [adder, added] = [await newGuest(), await signInGuest(url)];

  const refusal = await untilLimited(async () => {
    const {room} = await adder.call('room:create', {title: 'Trap', visibility: 'private'});
    return adder.ask('member:add', {roomId: room.id, userId: added.user.id});
  });

  expect(refusal).toMatchObject(refusedBy('additions', 'user'));
});

test('handshakes of one session', async () => {
  const guest = await signInGuest(url);

  const refusal = await untilLimited(() =>
    RawClient.connect(url, guest).catch((error: unknown) => {
      if (error instanceof Refused) return error;
      throw error;
    }),
  );

  expect(refusal).toMatchObject(refusedBy('handshakes', 'session'));
});

test('wrong passwords of a room', async () => {
  const at = await addGateway('rooms', {RATE_LIMITS: crowdedRates});
  const [owner, guest] = [await newGuest(at), await newGuest(at)];
  const {room} = await owner.call('room:create', {title: 'Cellar', password: 'open sesame'});

  const refusal = await untilLimited(() => guest.ask('room:join', {roomId: room.id, password: 'guessed'}));

  expect(refusal).toMatchObject(refusedBy('wrong-room-passwords', 'user'));
});

test('wrong passwords of an account', async () => {
  const {username} = await registerAccount(url);
  const body = {username, password: 'a wrong password'};

  const refusal = await untilLimited(() => request(url, 'POST', '/auth/login', {body}));

  expect(refusal).toMatchObject(refusedBy('wrong-passwords', 'address'));
});

test('requests of one address', async () => {
  const at = await addGateway('requests', {RATE_LIMITS: once('requests-per-address')});
  const {cookie} = await signInGuest(at);

  const refusal = await untilLimited(() => request(at, 'GET', '/rooms', {cookie}));

  expect(refusal).toMatchObject(refusedBy('requests', 'address'));
});

test('guests of one address in a day', async () => {
  const at = await addGateway('guests', {GUESTS_PER_ADDRESS_PER_DAY: '1'});

  const refusal = await untilLimited(() => request(at, 'POST', '/auth/guest', {body: {displayName: 'Ann'}}));

  expect(refusal).toMatchObject(refusedBy('guests', 'address'));
});
