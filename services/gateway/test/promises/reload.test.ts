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
  const [who, leaver] = [await signInGuest(second), await signInGuest(second)];
  let tab = await RawClient.connect(second, who);
  const leaving = await RawClient.connect(second, leaver);
  for (const each of [tab, leaving]) await each.call('room:join', {roomId: room.id});
  const told = () => witness.events<Presence>('room:presence');
  const arrived = (userId: string) => told().some(({joined}) => joined.some(({id}) => id === userId));
  const areIn = () => [who, leaver].every(({user}) => arrived(user.id)) && told().at(-1)!.online === 3;
  await waitFor(areIn, {timeoutMs: 3_000, what: 'the arrivals to be announced and counted'});
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
  // The user who leaves after the last reload, from the same node, is announced after any departure of the reloading
  // user.
  leaving.close();
  const before = told().length;
  const hasDeparted = () => told().some(({left}) => left.includes(leaver.user.id));
  await waitFor(hasDeparted, {timeoutMs: 10_000, what: 'the departure to be announced'});

  const names = told().flatMap(({joined, left}) => [...joined.map(({id}) => id), ...left]);
  expect(names).toEqual([leaver.user.id]);
  const counts = told().map(({online}) => online);
  expect(counts.slice(0, before).filter((online) => online !== 3)).toEqual([]);
  expect(counts.filter((online) => online < 2)).toEqual([]);
  for (const client of [witness, tab]) client.close();
});
