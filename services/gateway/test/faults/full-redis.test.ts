// Guests cost nothing, so they may never use up the memory that the sessions of accounts need.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RawClient, registerAccount, request, signInGuest} from '@madang/testkit/raw-client';
import {commandRedis, startPrivateRedis, type PrivateRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

const mebibyte = 1024 * 1024;

let redis: PrivateRedis;
let gateways: Gateways;
let url: string;

beforeAll(async () => {
  redis = await startPrivateRedis();
  gateways = await startGateways(1, {REDIS_URL: redis.url});
  url = gateways.urls[0]!;
}, 60_000);
afterAll(async () => {
  await gateways?.stop();
  await redis?.close();
});

const usedBytes = async () =>
  Number(/^used_memory:(\d+)/m.exec(await commandRedis(redis.url, 'info', 'memory'))![1]);

/** Seconds until the session of the newest sign-in expires. */
async function ttlOfOnlySession(): Promise<number> {
  const found = (await commandRedis(redis.url, 'keys', '*session:*')).split('\n');
  expect(found).toHaveLength(1);
  return Number(await commandRedis(redis.url, 'ttl', found[0]!));
}

test('the session of a guest lives an hour until the first socket, whatever is asked over HTTP', async () => {
  const guest = await signInGuest(url);
  expect((await request(url, 'GET', '/me', guest)).status).toBe(200);
  const unseen = await ttlOfOnlySession();

  const client = await RawClient.connect(url, guest);
  const seen = await ttlOfOnlySession();
  client.close();

  expect(unseen).toBeGreaterThan(3_000);
  expect(unseen).toBeLessThanOrEqual(3_600);
  expect(seen).toBeGreaterThan(1_000_000);
  expect((await request(url, 'GET', '/me', guest)).status).toBe(200);
});

test('with Redis nearly full guests are refused and accounts sign in', async () => {
  const {username, password} = await registerAccount(url);
  const used = await usedBytes();
  await commandRedis(redis.url, 'config', 'set', 'maxmemory-policy', 'noeviction');
  await commandRedis(redis.url, 'config', 'set', 'maxmemory', `${used + 2 * mebibyte}`);
  // In production guests alone fill their share; here it is filled at once.
  const filled = Math.ceil((used + 2 * mebibyte) * 0.85 - used);
  await commandRedis(redis.url, 'setrange', 'guests', `${Math.max(filled, 1)}`, 'x');

  const refusal = await waitFor(
    async () => {
      const answer = await request(url, 'POST', '/auth/guest', {body: {}});
      return answer.status === 503 && answer.body.error;
    },
    {timeoutMs: 15_000, what: 'guests to be refused', everyMs: 200},
  );
  const signedIn = await request(url, 'POST', '/auth/login', {body: {username, password}});

  expect(refusal).toMatchObject({code: 'overloaded', retryable: true, retryAfterMs: 60_000});
  expect(signedIn.status).toBe(200);
});

test('with Redis entirely full an account signs in and connects, and a guest is refused', async () => {
  const {username, password} = await registerAccount(url);
  await overfillRedis();

  const guest = await request(url, 'POST', '/auth/guest', {body: {}});
  const signedIn = await request<{user: {id: string}}>(url, 'POST', '/auth/login', {
    body: {username, password},
  });

  expect(guest.status).toBe(503);
  expect(signedIn.status).toBe(200);
  const client = await RawClient.connect(url, {user: signedIn.body.user as never, cookie: signedIn.cookie!});
  expect((await client.call('session:start', {})).user.id).toBe(signedIn.body.user.id);
  client.close();
});

/** Exceeds the limit by more than Redis's own buffers use, so that no write succeeds by chance. */
async function overfillRedis(): Promise<void> {
  await commandRedis(redis.url, 'config', 'set', 'maxmemory-policy', 'noeviction');
  await commandRedis(redis.url, 'config', 'set', 'maxmemory', `${(await usedBytes()) - 256 * 1024}`);
  expect(await commandRedis(redis.url, 'set', 'one', '1')).toMatch(/^OOM/);
}

test('an address has so many guests a day, and another one its own', async () => {
  const bounded = await gateways.add({GUESTS_PER_ADDRESS_PER_DAY: '3', TRUST_PROXY: '1'});
  await commandRedis(redis.url, 'config', 'set', 'maxmemory', '0');
  const guest = (address: string) =>
    request(bounded.url, 'POST', '/auth/guest', {body: {}, headers: {'x-forwarded-for': address}});
  // This node has not yet read how full Redis is now.
  await waitFor(async () => (await guest('198.51.100.1')).status === 201, {
    timeoutMs: 15_000,
    what: 'a guest',
  });
  // Fewer if an answer of a busy machine was counted.
  expect(await countUntilRefused(() => guest('203.0.113.5'))).toBeLessThanOrEqual(3);
  expect((await patiently(() => guest('203.0.113.6'))).status).toBe(201);
});

test('a tenant has so many guests a day, from however many addresses', async () => {
  const bounded = await gateways.add({GUESTS_PER_TENANT_PER_DAY: '2', TRUST_PROXY: '1'});
  let count = 0;
  const guest = () => {
    const headers = {'x-forwarded-for': `10.0.0.${count++}`};
    return request(bounded.url, 'POST', '/auth/guest', {body: {}, headers});
  };

  expect(await countUntilRefused(guest)).toBeLessThanOrEqual(2);
});

type Ask = () => ReturnType<typeof request>;

/** Calls until the limit refuses; resolves to the number of guests that were let in. */
async function countUntilRefused(ask: Ask): Promise<number> {
  let count = 0;
  for (;;) {
    const {status, body} = await patiently(ask);
    if (status !== 201) {
      expect(body.error?.code).toBe('rate_limited');
      return count;
    }
    count += 1;
  }
}

/** The first answer that is not due to a busy machine. */
function patiently(ask: Ask): ReturnType<Ask> {
  const answered = async () => {
    const answer = await ask();
    return answer.status !== 503 && answer;
  };
  return waitFor(answered, {timeoutMs: 20_000, what: 'an answer of a busy machine'});
}
