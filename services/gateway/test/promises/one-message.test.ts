import {afterAll, beforeAll, expect, test} from 'vitest';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import type {Frame} from '@madang/protocol/log';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(2);
});
afterAll(() => cluster.stop());

test('two people on different nodes and a second tab of the sender see one message once, with one rev', async () => {
  const [first, second] = cluster.urls as [string, string];
  const [sender, reader] = [await signInGuest(first), await signInGuest(second)];
  const tabs = [
    await RawClient.connect(first, sender),
    await RawClient.connect(second, sender),
    await RawClient.connect(second, reader),
  ] as const;
  const {room} = await tabs[0].call('room:create', {title: 'Courtyard'});
  await waitFor(() => tabs[1].events('room:joined').length === 1, {
    timeoutMs: 3_000,
    what: 'the second tab to hear',
  });
  await tabs[2].call('room:join', {roomId: room.id});

  const sent = await tabs[0].send(room.id, 'hello');

  const seen = (tab: RawClient) => tab.frames(room.id).flatMap((frame: Frame) => frame.entries);
  await waitFor(() => tabs.every((tab) => seen(tab).length > 0), {
    timeoutMs: 3_000,
    what: 'all tabs to see it',
  });
  for (const tab of tabs) {
    expect(seen(tab).map(({rev, message}) => [rev, message?.text])).toEqual([[sent.rev, 'hello']]);
    expect(seen(tab).map(({message}) => message?.sender.kind)).toEqual(['guest']);
    tab.close();
  }
});
