// Promise 4: no silent loss. If a restore from backup loses history, every client is told.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createClient} from '@madang/client/client';
import {createDatabase} from '@madang/database/connections/pool';
import {restored} from '@madang/database/migrating/restored';
import type {Message} from '@madang/protocol/messages';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {RawClient, Reader, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await startCluster({gateways: 2, postgres: 'private'});
});
afterAll(() => cluster?.stop());

const texts = (messages: readonly Message[]) => messages.map(({text}) => text);

test('an older dump shows what exists to everyone, by another epoch, and each outbox is sent once', async () => {
  const [first, second] = cluster.gateways.map(({url}) => url) as [string, string];
  const postgres = cluster.postgres!;
  const who = await signInGuest(first);
  const raw = await RawClient.connect(first, who);
  const state = await raw.call('room:create', {title: 'Archive', ephemeral: false});
  const roomId = state.room.id;
  const reader = new Reader(raw, state);
  const writer = createClient({url: second});
  await writer.guest();
  await writer.call('room:join', {roomId});
  for (const text of ['1', '2', '3']) await writer.send(roomId, text);

  await postgres.stop('fast');
  postgres.backUp();
  await postgres.start();
  for (const text of ['lost 4', 'lost 5']) await writer.send(roomId, text);
  await waitFor(() => reader.cursor.rev === 5, {timeoutMs: 10_000, what: 'the reader to have all'});
  const before = {...reader.cursor};

  await postgres.stop('immediate');
  const queued = writer.send(roomId, 'after');
  postgres.restore();
  await postgres.start();
  const db = createDatabase({url: postgres.url, log: silent, applicationName: 'restore'});
  await restored(db);
  await db.close();

  const {rev} = await queued;
  // With the message, or with a later reset if the reader's node learned of the restore later.
  await waitFor(() => reader.cursor.epoch !== before.epoch && reader.cursor.rev === rev, {
    timeoutMs: 20_000,
    what: 'the connected reader to be told, and to go on',
  });
  const returning = await RawClient.connect(second, who);
  const {frames, rooms} = await returning.call('session:start', {cursors: {[roomId]: before}});
  expect(frames).toMatchObject([{roomId, epoch: rooms[0]?.epoch, reset: true, entries: []}]);
  expect(rooms[0]?.epoch).not.toBe(before.epoch);
  const {messages} = await returning.call('message:list', {roomId});
  expect(texts(messages).toReversed()).toEqual(['1', '2', '3', 'after']);
  await waitFor(() => writer.rooms.get(roomId)?.timeline.cursor.epoch === rooms[0]?.epoch, {
    timeoutMs: 10_000,
    what: 'the SDK to be reset',
  });
  await writer.loadEarlier(roomId);
  expect(texts(writer.rooms.get(roomId)!.timeline.messages)).toEqual(['1', '2', '3', 'after']);
  for (const client of [raw, returning, writer]) client.close();
}, 90_000);
