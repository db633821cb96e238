import {RawClient, registerAccount, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../../test/support/gateways.ts';

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(2);
});
afterAll(() => cluster.stop());

test('marks what was read, never back, and tells the other devices', async () => {
  const [first, second] = cluster.urls as [string, string];
  const [author, who] = [await signInGuest(first), await registerAccount(first)];
  const writer = await RawClient.connect(first, author);
  const [tab, phone] = [await RawClient.connect(first, who), await RawClient.connect(second, who)];
  const {room} = await writer.call('room:create', {title: 'Read', ephemeral: false});
  const {id: roomId} = room;
  await tab.call('room:join', {roomId});
  await waitFor(() => phone.events('room:joined').length > 0, {timeoutMs: 5_000, what: 'the phone to hear'});
  const sent = [];
  for (const text of ['one', 'two', 'three']) sent.push(await writer.send(roomId, text));
  const [one, two, three] = sent.map(({seq}) => seq) as [number, number, number];

  expect(await tab.call('read:mark', {roomId, seq: one})).toEqual({readSeq: one, unread: 2, mentions: 0});
  const later = await Promise.all([three, two].map((seq) => tab.call('read:mark', {roomId, seq})));

  expect(later).toEqual([three, three].map((readSeq) => ({readSeq, unread: 0, mentions: 0})));
  expect(await phone.call('read:mark', {roomId, seq: one})).toEqual({readSeq: three, unread: 0, mentions: 0});
  await waitFor(() => phone.events('room:read').length === 2, {
    timeoutMs: 5_000,
    what: 'the phone to be told',
  });
  expect(phone.events('room:read')).toEqual([
    {roomId, readSeq: one, unread: 2, mentions: 0},
    {roomId, readSeq: three, unread: 0, mentions: 0},
  ]);
  expect(tab.events('room:read')).toEqual([]);
  for (const client of [writer, tab, phone]) client.close();
});
