// Reactions: a thousand people react to one message at once, and its room's log grows by a few revs. A client that followed live
// shows the same as who reads everything again, and a client that knows no annotations shows the same texts.
import {randomUUID} from 'node:crypto';
import {createClient, type Client} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import type {Entry, Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import {RawClient} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways} from '../support/gateways.ts';
import {Product} from '../support/product.ts';

const crowd = 1_000;
/** Each node writes a room's reactions once in this time. */
const everyMs = 250;
const names = Array.from({length: crowd}, (_, no) => `reactor-${no}`);

let shop: Product;
let roomId: string;
const open: {close(): void}[] = [];
beforeAll(async () => {
  shop = await Product.ofPreset('community', await startGateways(3));
  for (let from = 0; from < crowd; from += limits.usersPerPut) {
    const users = names.slice(from, from + limits.usersPerPut).map((name) => ({externalId: name, name}));
    await shop.call('PUT', '/users', {users});
  }
  const room = {title: 'Applause', ephemeral: false, members: names.map((user) => ({user}))};
  roomId = (await shop.call<{room: {id: string}}>('POST', '/rooms', room)).room.id;
}, 120_000);
afterAll(async () => {
  for (const each of open) each.close();
  await shop.stop();
});

const say = (text: string) =>
  shop.call<{seq: number}>('POST', `/rooms/${roomId}/messages`, {clientId: randomUUID(), text});
const react = (seq: number, emoji: string, on: boolean, as: string) =>
  shop.call<{rev: number}>('PUT', `/rooms/${roomId}/messages/${seq}/reactions`, {emoji, on}, {as});

async function follow(name: string, node: number): Promise<Client> {
  const {token} = await shop.customer(name);
  const client = createClient({url: shop.cluster.urls[node]!, token: token!});
  open.push(client);
  await client.connect();
  return client;
}

async function shownTo(client: Client, seq: number): Promise<Message | undefined> {
  while (await client.loadEarlier(roomId, 200));
  return client.rooms.get(roomId)!.timeline.messages.find((message) => message.seq === seq);
}

test('a thousand reactions in two seconds cost at most thirty revs, and live equals fresh', async () => {
  const {seq} = await say('Well done!');
  const watching = names.slice(0, 3);
  const live = await Promise.all(watching.map((name, node) => follow(name, node)));
  const entries: Entry[] = [];
  live[0]!.on('frame', (frame) => void entries.push(...frame.entries));

  const waiting = names.slice(watching.length);
  const startedAt = performance.now();
  const work = async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      await react(seq, '👏', true, name);
  };
  await Promise.all([
    ...Array.from({length: 120}, work),
    ...live.map((client) => client.react(roomId, seq, '👏')),
  ]);
  const spanMs = performance.now() - startedAt;

  const fresh = await follow(names[crowd - 1]!, 1);
  const {rev, annotations} = (await shownTo(fresh, seq))!;
  expect(annotations).toEqual({
    reactions: [{emoji: '👏', count: crowd, by: expect.any(Array), mine: true}],
  });
  // In two seconds 30: each node writes at once, then every 250 ms, and what came after that.
  expect(rev - seq).toBeLessThanOrEqual(3 * (Math.floor(spanMs / everyMs) + 2));
  for (const client of live) {
    await waitFor(async () => (await shownTo(client, seq))?.rev === rev, {
      timeoutMs: 15_000,
      what: 'the last reaction to be shown',
    });
    expect((await shownTo(client, seq))!.annotations).toEqual(annotations);
  }
  const told = entries.filter(({type}) => type === 'annotation');
  expect(told.length).toBeGreaterThan(0);
  for (const entry of told) {
    expect(entry).not.toHaveProperty('message');
    expect(Buffer.byteLength(JSON.stringify(entry))).toBeLessThanOrEqual(limits.annotationBytes);
  }
}, 120_000);

test('a client that knows no annotations shows the same texts, live and after it was away', async () => {
  const {token, user} = await shop.customer(names[7]!);
  const connect = async () => {
    const client = await RawClient.connect(shop.cluster.urls[2]!, {token: token!, cookie: '', user});
    open.push(client);
    return client;
  };
  const held = new Map<number, Message>();
  let cursor = {epoch: '', rev: 0};
  const apply = ({epoch, head, entries}: Frame) => {
    for (const {type, message} of entries) {
      const isKnown = type === 'message' || type === 'edit' || type === 'delete';
      if (isKnown && message) held.set(message.seq, message);
    }
    cursor = {epoch, rev: head};
  };
  const first = await connect();
  const state = (await first.call('session:start', {})).rooms.find(({room}) => room.id === roomId)!;
  cursor = {epoch: state.epoch, rev: state.head};
  const [one, two] = [await say('one'), await say('two')];

  await react(one.seq, '👍', true, names[1]!);
  const {rev} = await react(two.seq, '👍', true, names[2]!);
  const frames = () => first.events<Frame>('room:log').filter((frame) => frame.roomId === roomId);
  await waitFor(() => frames().at(-1)?.head === rev, {timeoutMs: 10_000, what: 'the reaction to be told'});
  for (const frame of frames()) apply(frame);
  expect([...held.values()].map(({text}) => text)).toEqual(['one', 'two']);

  first.close();
  await react(one.seq, '🎉', true, names[3]!);
  const second = await connect();
  const {frames: missed} = await second.call('session:start', {cursors: {[roomId]: cursor}});
  for (const frame of missed) apply(frame);
  expect([...held.values()].map(({text, editedAt}) => ({text, editedAt}))).toEqual([
    {text: 'one', editedAt: undefined},
    {text: 'two', editedAt: undefined},
  ]);
});
