// Promise 7: a reconnect inside the grace period causes no announcement.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

type Presence = {online: number; joined: {id: string}[]; left: string[]};

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(2, {DIGEST_MS: '50', RECOUNT_MS: '200', GRACE_MS: '2000'});
});
afterAll(() => cluster.stop());

test('a page reloaded again and again while it subscribes is announced neither as gone nor as new', async () => {
  const [first, second] = cluster.urls as [string, string];
  const witness = await RawClient.connect(first, await signInGuest(first));
  const {room} = await witness.call('room:create', {title: 'Reload'});
  const who = await signInGuest(second);
  let tab = await RawClient.connect(second, who);
  await tab.call('room:join', {roomId: room.id});
  const told = () => witness.events<Presence>('room:presence');
  await waitFor(() => told().some(({joined}) => joined.some(({id}) => id === who.user.id)), {
    timeoutMs: 3_000,
    what: 'the arrival to be announced',
  });
  witness.received.length = 0;

  tab.close();
  for (let reload = 0; reload < 20; reload += 1) {
    const next = await RawClient.connect(second, who);
    next.socket.emit('session:start', {}, () => undefined);
    // Closed at a different moment of the subscription each time.
    await new Promise((resolve) => setTimeout(resolve, reload / 2));
    next.close();
  }
  tab = await RawClient.connect(second, who);
  await tab.call('session:start', {});
  await tab.send(room.id, 'still here');
  await waitFor(() => witness.frames(room.id).length > 0, {timeoutMs: 3_000, what: 'the message'});
  // Whatever was going to be announced has been by the end of a grace period and a digest.
  await new Promise((resolve) => setTimeout(resolve, 2_500));

  expect(told().flatMap(({joined, left}) => [...joined.map(({id}) => id), ...left])).toEqual([]);
  expect(new Set(told().map(({online}) => online))).toEqual(new Set(told().length > 0 ? [2] : []));
  for (const client of [witness, tab]) client.close();
});
