import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {password, startTestApp, type TestApp, type TestDatabase} from '../../../test/support/test-app.ts';

// Some of these tests wait for seconds on purpose, and hash a few hundred times.
vi.setConfig({testTimeout: 120_000});

let app: TestApp;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    TRUST_PROXY: '1',
  });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const from = (address: string) => ({'x-forwarded-for': address});

const login = (username: string, given: string, address: string, cookie?: string) =>
  app.api('POST', '/auth/login', {body: {username, password: given}, headers: from(address), cookie});

const guest = async (address: string) =>
  (await app.api('POST', '/auth/guest', {body: {}, headers: from(address)})).cookie!;

async function lockedRoom(): Promise<string> {
  const {cookie} = await app.register(`owner-${Math.random().toString(36).slice(2)}`);
  const body = {title: 'Behind a PIN', password: '4711'};
  return JSON.parse((await app.api('POST', '/rooms', {cookie, body})).text).room.id;
}

const join = async (roomId: string, cookie: string, given: string, address: string) => {
  const options = {cookie, body: {password: given}, headers: from(address)};
  const {status, body} = await app.api('POST', `/rooms/${roomId}/join`, options);
  return status === 200 ? 'ok' : body.error!.code;
};

/** How many of the answers were comparisons. */
const wrongIn = (codes: (string | undefined)[]) => codes.filter((code) => code === 'wrong_password').length;

/** One guess from each of that many fresh guests, each from the address for its number. */
async function guessAsGuests(roomId: string, count: number, addressOf: (index: number) => string) {
  const codes: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const cookie = await guest(addressOf(index));
    codes.push(await join(roomId, cookie, `${index}`.padStart(4, '0'), addressOf(index)));
  }
  return codes;
}

test('fresh guests of one address guess a room twenty times, and others still get in', async () => {
  const roomId = await lockedRoom();

  const codes = await guessAsGuests(roomId, 30, () => '192.0.2.1');

  expect(wrongIn(codes)).toBe(20);
  expect(codes.at(-1)).toBe('rate_limited');
  expect(await join(roomId, await guest('198.51.100.7'), '4711', '198.51.100.7')).toBe('ok');
  const {cookie} = await app.register('behind-the-same-address');
  expect(await join(roomId, cookie, '4711', '192.0.2.1')).toBe('ok');
});

test('the addresses of one network share their guesses at a room', async () => {
  const roomId = await lockedRoom();

  const codes = await guessAsGuests(roomId, 80, (index) => `2001:db8:7:${index.toString(16)}::1`);

  expect(wrongIn(codes)).toBeLessThanOrEqual(60);
  expect(await join(roomId, await guest('2001:db8:8::1'), '4711', '2001:db8:8::1')).toBe('ok');
});

test('a room that is guessed at from everywhere leaves each address few, and lets who knows it in', async () => {
  const roomId = await lockedRoom();
  await guessAsGuests(roomId, 50, (index) => `10.${index}.0.1`);

  const codes = await guessAsGuests(roomId, 5, () => '10.99.0.1');

  expect(wrongIn(codes)).toBe(3);
  expect(await join(roomId, await guest('198.51.100.8'), '4711', '198.51.100.8')).toBe('ok');
});

test('one address guesses a hundred passwords at most, over however many accounts', async () => {
  const codes: (string | undefined)[] = [];
  for (let index = 0; index < 120; index += 1) {
    codes.push((await login(`account-${index % 30}`, `wrong ${index}`, '203.0.113.1')).body.error?.code);
  }

  expect(wrongIn(codes)).toBe(100);
  expect(codes.at(-1)).toBe('rate_limited');
});

test('an account guessed at from many networks leaves each few, and its owner signs in on a known device', async () => {
  await app.register('sprayed');
  const {device} = await login('sprayed', password, '198.51.100.1');
  for (let index = 0; index < 20; index += 1)
    await login('sprayed', `wrong ${index}`, `2001:db8:${index}::1`);

  const codes: (string | undefined)[] = [];
  for (let index = 0; index < 5; index += 1) {
    codes.push((await login('sprayed', `more ${index}`, '2001:db8:aaaa::1')).body.error?.code);
  }

  expect(wrongIn(codes)).toBe(3);
  expect((await login('sprayed', password, '2001:db8:aaaa::1')).status).toBe(429);
  expect((await login('sprayed', password, '2001:db8:aaaa::1', device)).status).toBe(200);
});

test('an owner on a known device signs in from a network whose guesses are all spent', async () => {
  await app.register('neighbour');
  const {device} = await login('neighbour', password, '192.0.2.250');
  for (let index = 0; index < 24; index += 1)
    await login('neighbour', `wrong ${index}`, `192.0.2.${1 + (index % 4)}`);
  // With new names and addresses, so only the network's limit can refuse.
  let guesses = 0;
  const guess = () => login(`nobody-${++guesses}`, 'wrong', `192.0.2.${1 + (guesses % 240)}`);
  const isSpent = async () => (await guess()).body.error?.code === 'rate_limited';
  while (!(await isSpent()) && guesses < 1_000) await Promise.all(Array.from({length: 8}, guess));

  expect(guesses).toBeLessThan(400);
  expect((await login('neighbour', password, '192.0.2.251')).status).toBe(429);
  expect((await login('neighbour', password, '192.0.2.251', device)).status).toBe(200);
  expect((await login('neighbour', password, '192.0.2.3', device)).status).toBe(200);
  // A guess at the device's own account still counts: a stolen cookie grants no access.
  expect((await login('neighbour', 'wrong', '192.0.2.251', device)).body.error?.code).toBe('wrong_password');
});

test("the cookie of a known device is no other account's, nor a made-up one", async () => {
  await app.register('watched');
  await app.register('watcher');
  const {device} = await login('watcher', password, '198.51.100.2');
  const name = device!.split('=')[0]!;
  for (let index = 0; index < 10; index += 1) await login('watched', `wrong ${index}`, '203.0.113.99');

  expect((await login('watched', password, '203.0.113.99', device)).status).toBe(429);
  expect((await login('watched', password, '203.0.113.99', `${name}=device.x.y.z`)).status).toBe(429);
});
