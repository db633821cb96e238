// Refusing must cost less than asking: repeatedly refused callers are read more slowly, and nobody else is.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {startGateways, type Gateways} from '../support/gateways.ts';

// As many reads as the burst allows, and as many again, which are refused.
const calls = 800;
let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(1, {RATE_LIMITS: ''});
});
afterAll(() => cluster.stop());

test('a connection whose calls are refused by the hundred waits for the next answer, and another does not', async () => {
  const [url] = cluster.urls as [string];
  const flooding = await RawClient.connect(url, await signInGuest(url));
  const other = await RawClient.connect(url, await signInGuest(url));
  const refused = Array.from({length: calls}, () =>
    flooding.call('room:get', {roomId: 5} as never).catch((error: unknown) => error),
  );
  for (const error of await Promise.all(refused)) {
    expect(error).toMatchObject({
      error: {code: expect.stringMatching(/^(invalid|rate_limited|overloaded)$/)},
    });
  }

  const order: string[] = [];
  const next = flooding.call('room:list', {}).catch(() => undefined);
  const answered = [next.then(() => order.push('flooding'))];
  await other.call('room:list', {});
  order.push('other');
  await Promise.all(answered);

  expect(order).toEqual(['other', 'flooding']);
  flooding.close();
  other.close();
});
