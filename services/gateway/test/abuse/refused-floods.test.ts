// Refusing must cost less than asking: who is refused again and again is read more slowly, and nobody else is.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RawClient, request, signInGuest} from '@madang/testkit/raw-client';
import {startGateways, type Gateways} from '../support/gateways.ts';

const refusals = 400;
let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(1);
});
afterAll(() => cluster.stop());

test('a connection whose calls are refused by the hundred waits for the next answer, and another does not', async () => {
  const [url] = cluster.urls as [string];
  const flooding = await RawClient.connect(url, await signInGuest(url));
  const other = await RawClient.connect(url, await signInGuest(url));
  const refused = Array.from({length: refusals}, () =>
    flooding.call('room:get', {roomId: 5} as never).catch((error: unknown) => error),
  );
  for (const error of await Promise.all(refused)) {
    expect(error).toMatchObject({
      error: {code: expect.stringMatching(/^(invalid|rate_limited|overloaded)$/)},
    });
  }

  const order: string[] = [];
  const next = flooding.call('room:list', {}).catch(() => undefined);
  const calls = [next.then(() => order.push('flooding'))];
  await other.call('room:list', {});
  order.push('other');
  await Promise.all(calls);

  expect(order).toEqual(['other', 'flooding']);
  flooding.close();
  other.close();
});

test('an address whose requests are refused by the hundred waits before the next is looked at', async () => {
  const [url] = cluster.urls as [string];
  const malformed = () => request(url, 'POST', '/auth/login', {body: {username: 5}});
  const first = await Promise.all(Array.from({length: refusals}, malformed));
  const begun = performance.now();
  await malformed();

  expect(first.every(({status}) => status === 400 || status === 429)).toBe(true);
  expect(performance.now() - begun).toBeGreaterThan(1_000);
});
