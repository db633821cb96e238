// Sockets cost memory, so one user and one address keep a bounded number of them on a node.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(1, {CONNECTIONS_PER_USER: '2', CONNECTIONS_PER_ADDRESS: '5'});
});
afterAll(() => cluster.stop());

test('who opens too many connections loses the oldest, which is told not to come back', async () => {
  const [url] = cluster.urls as [string];
  const who = await signInGuest(url);
  const first = await RawClient.connect(url, who);
  const others = [await RawClient.connect(url, who), await RawClient.connect(url, who)];

  const ending = await waitFor(() => first.received.find(({event}) => event === 'session:ending'), {
    timeoutMs: 10_000,
    what: 'the end of the oldest connection',
  });
  await waitFor(() => first.socket.disconnected, {timeoutMs: 10_000, what: 'its close'});

  expect(ending.payload).toMatchObject({reason: 'replaced', reconnect: false});
  for (const other of others) {
    expect(await other.call('session:start', {})).toMatchObject({user: {id: who.user.id}});
    other.close();
  }
});

test('an address that holds as many sockets as it may is told to wait, and gets in once one is closed', async () => {
  const [url] = cluster.urls as [string];
  const connect = async () => RawClient.connect(url, await signInGuest(url));
  const connectPatiently = () =>
    waitFor(() => connect().catch(() => false as const), {timeoutMs: 20_000, what: 'a place', everyMs: 200});
  const held: RawClient[] = [];
  while (held.length < 5) held.push(await connectPatiently());

  await expect(connect()).rejects.toMatchObject({
    error: {
      code: 'rate_limited',
      retryAfterMs: expect.any(Number),
      details: {limit: 'connections', per: 'address', connectionsPerAddress: 5},
    },
  });
  held.pop()!.close();

  held.push(await connectPatiently());
  for (const client of held) client.close();
});
