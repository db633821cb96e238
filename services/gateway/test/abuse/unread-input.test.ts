/** Promise 8: input that would cost too much is refused before it is read, with a reason, and harms nobody. */
import {request as httpRequest} from 'node:http';
import {signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {io} from 'socket.io-client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {Wire} from '../support/wire.ts';

let cluster: Gateways;
let url: string;
let guest: SignedIn;

beforeAll(async () => {
  cluster = await startGateways(1);
  [url] = cluster.urls as [string];
  guest = await signInGuest(url);
});
afterAll(() => cluster.stop());

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const send = (path: string, body: string, method = 'POST') =>
  fetch(`${url}/api/v1${path}`, {
    method,
    headers: {'content-type': 'application/json', cookie: guest.cookie},
    body,
  });

test.each([
  ['100,000 levels', nested(100_000), 'levels'],
  ['100,000 levels of objects', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, 'levels'],
  ['33 levels that never end', '['.repeat(33), 'levels'],
  ['a number that would be rounded', '{"a": 9007199254740993}', 'rounded'],
  ['a number without end', '{"limit": 1e400}', 'rounded'],
  ['a number with more digits than are kept', '{"limit": 1.0000000000000000001}', 'rounded'],
])('%s over a socket are invalid, and the connection goes on', async (_what, input, reason) => {
  const wire = await Wire.connect(url, guest);

  for (const event of ['room:list', 'no:such', 'disconnect']) {
    expect(await wire.ask(event, input)).toMatchObject({
      ok: false,
      error: {code: 'invalid', message: expect.stringContaining(reason)},
    });
  }
  expect(await wire.ask('room:list', '{}')).toMatchObject({ok: true});
  wire.close();
});

test.each([
  ['30,000 levels', `{"title": ${nested(30_000)}}`, 'levels'],
  ['30,000 levels of objects', '{"a":'.repeat(12_000), 'levels'],
  ['a number that would be rounded', '{"title": "a", "capacity": 9007199254740993}', 'rounded'],
  ['a number that is not quite one', '{"title": "a", "capacity": 10.00000000000000000001}', 'rounded'],
])('%s over HTTP are invalid', async (_what, body, reason) => {
  const answer = await send('/rooms', body);

  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: {code: 'invalid', message: expect.stringContaining(reason)},
  });
});

test('JSON in another encoding of Unicode is read with the same care', async () => {
  const post = (body: string) =>
    fetch(`${url}/api/v1/auth/guest`, {
      method: 'POST',
      headers: {'content-type': 'application/json; charset=utf-16le'},
      body: Buffer.from(body, 'utf16le'),
    });

  expect((await post('{"displayName": "미나"}')).status).toBe(201);
  expect((await post(`{"displayName": ${nested(40)}}`)).status).toBe(400);
});

test('a client that begins with polling is told what to set', async () => {
  const socket = io(url, {extraHeaders: {cookie: guest.cookie}});
  const error = await new Promise<Error & {data?: unknown}>((resolve) =>
    socket.once('connect_error', resolve),
  );

  expect(error.message).toContain("set transports: ['websocket']");
  expect(error.data).toMatchObject({code: 'unsupported', retryable: false});
  expect(socket.active).toBe(false);
  socket.disconnect();
});

test('a plain request below /socket.io is answered once, and nothing goes wrong', async () => {
  for (const path of [
    '/',
    '/?EIO=4&transport=websocket',
    '/?EIO=3&transport=polling',
    '/?EIO=4&transport=polling&sid=x',
  ]) {
    const answer = await fetch(`${url}/socket.io${path}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: {code: 'invalid', message: expect.stringContaining('WebSocket only')},
    });
  }
  expect(
    (await fetch(`${url}/socket.io/?EIO=4&transport=polling&sid=x`, {method: 'POST', body: '1'})).status,
  ).toBe(400);
});

test('a body that does not come is cut off, with a word why', async () => {
  const sending = httpRequest(`${url}/api/v1/auth/guest`, {
    method: 'POST',
    headers: {'content-type': 'application/json', 'content-length': '1000'},
  });
  const dripping = setInterval(() => sending.write(' '), 500);
  const answer = await new Promise<string>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    sending.write('{');
  });
  clearInterval(dripping);
  sending.destroy();

  expect(answer).toMatch(/^400 .*"invalid".*longer than 10 s/);
}, 30_000);
