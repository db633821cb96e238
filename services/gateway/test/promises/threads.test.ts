// A thread is the same on every device: who followed live, who was away for a while and who reads it again show the same
// replies and the same numbers. Its followers find one inbox item, which a mark on any device reads.
import {randomUUID} from 'node:crypto';
import {createClient, type Client} from '@madang/client/client';
import type {ServerEventPayload} from '@madang/protocol/events';
import type {ListThreadsResult} from '@madang/protocol/threads';
import type {Message} from '@madang/protocol/messages';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {RawClient, registerAccount, request, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';

let cluster: ProcessCluster;
const open: {close(): void}[] = [];
beforeAll(async () => {
  cluster = await startCluster({gateways: 3, worker: true, env: {RATE_LIMITS: 'sends=10000/1'}});
}, 90_000);
afterAll(async () => {
  for (const each of open) each.close();
  await cluster?.stop();
});

const urlOf = (no: number) => cluster.gateways[no % cluster.gateways.length]!.url;
const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  waitFor(condition, {timeoutMs: 30_000, what});

type Person = {who: SignedIn; client: RawClient};
async function enter(no: number): Promise<Person> {
  const who = await registerAccount(urlOf(no));
  const client = await RawClient.connect(urlOf(no), who);
  open.push(client);
  return {who, client};
}

async function follow({who}: Person, no: number): Promise<Client> {
  const client = createClient({url: urlOf(no), cookie: who.cookie});
  open.push(client);
  await client.connect();
  return client;
}

/** A room of three people on three nodes, and a message in it. */
async function stage() {
  const people = await Promise.all([0, 1, 2].map(enter));
  const [owner, ben, eve] = people as [Person, Person, Person];
  const {room} = await owner.client.call('room:create', {title: 'Roof', ephemeral: false});
  for (const {client} of [ben, eve]) await client.call('room:join', {roomId: room.id});
  const {seq: root} = await owner.client.send(room.id, 'What about the roof?');
  return {roomId: room.id, root, owner, ben, eve};
}

function reply({client}: Person, roomId: string, threadOf: number, text = 'an answer') {
  return client.call('message:send', {roomId, clientId: randomUUID(), text, threadOf});
}

/** The replies and the root as a device shows them. */
async function shownBy(client: Client, roomId: string, root: number) {
  while (await client.loadEarlier(roomId, 200));
  const {messages} = client.rooms.get(roomId)!.timeline;
  const describe = ({seq, rev, text, deletedAt}: Message) => [seq, rev, text, deletedAt];
  return {
    replies: messages.filter(({threadOf}) => threadOf === root).map(describe),
    thread: messages.find(({seq}) => seq === root)?.thread,
  };
}

test('a thread of 500 agrees on three devices', async () => {
  const {roomId, root, owner, ben, eve} = await stage();
  const {seq: short} = await owner.client.send(roomId, 'And the door?');
  const devices = await Promise.all([0, 1, 2].map((no) => follow(eve, no)));
  const [, traveller] = devices as [Client, Client, Client];

  const sent: {seq: number; by: Person}[] = [];
  for (let done = 0; done < 500; done += 20) {
    if (done === 200) traveller.disconnect();
    if (done === 400) await traveller.connect();
    const batch = Array.from({length: 20}, async (_, no) => {
      const by = no % 2 === 0 ? owner : ben;
      sent.push({seq: (await reply(by, roomId, root, `answer ${done + no}`)).seq, by});
    });
    await Promise.all(batch);
    await reply(ben, roomId, short);
    const {seq, by} = sent[done]!;
    if (done % 100 === 0) await by.client.call('message:delete', {roomId, seq});
  }

  const fresh = await follow(eve, 1);
  const expected = await shownBy(fresh, roomId, root);
  const lastSeq = Math.max(...sent.map(({seq}) => seq));
  expect(expected.replies).toHaveLength(500);
  expect(expected.thread).toEqual({replies: 100, lastSeq});
  const expectedShort = await shownBy(fresh, roomId, short);
  expect(expectedShort.thread).toMatchObject({replies: 25});
  for (const device of devices) {
    await waitFor(
      async () => {
        expect(await shownBy(device, roomId, root)).toEqual(expected);
        expect(await shownBy(device, roomId, short)).toEqual(expectedShort);
        return true;
      },
      {timeoutMs: 30_000, what: 'a device to show the same thread', everyMs: 500},
    );
  }

  const listed: number[] = [];
  for (let before: number | undefined, more = true; more;) {
    const page = await eve.client.call('message:list', {
      roomId,
      threadOf: root,
      limit: 200,
      ...(before !== undefined && {before}),
    });
    listed.push(...page.messages.map(({seq}) => seq));
    before = page.messages.at(-1)?.seq;
    more = page.more;
  }
  expect(listed.toReversed()).toEqual(expected.replies.map(([seq]) => seq));
}, 180_000);

test('followers find one item a thread, and a mark on one device reads it on all', async () => {
  const {roomId, root, owner, ben} = await stage();
  const phone = await RawClient.connect(urlOf(2), owner.who);
  open.push(phone);
  await phone.call('session:start', {});
  const first = await reply(ben, roomId, root);
  const second = await reply(ben, roomId, root);

  const threads = async ({who}: Person) =>
    (await request<ListThreadsResult>(urlOf(1), 'GET', '/threads', who)).body.threads;
  const unread = async () => (await phone.call('notification:list', {})).unread;
  await until('the author to follow', async () => (await threads(owner)).length === 1);
  await until('the item', async () => (await unread()) === 1);
  expect(await threads(owner)).toMatchObject([
    {root: {seq: root, thread: {replies: 2, lastSeq: second.seq}}, unreadFrom: first.seq},
  ]);
  const [item] = (await phone.call('notification:list', {})).notifications;
  expect(item).toMatchObject({
    type: 'madang.reply',
    data: {seq: first.seq, rootSeq: root, link: `/rooms/${roomId}/${first.seq}`},
  });

  const mark = await owner.client.call('read:mark', {roomId, threadOf: root, seq: second.seq});
  expect(mark).toMatchObject({unread: 2, mentions: 0});
  await until('the phone to be told', () =>
    phone
      .events<ServerEventPayload<'room:read'>>('room:read')
      .some((event) => event.roomId === roomId && event.mentions === 0),
  );
  expect(await unread()).toBe(0);
  expect((await threads(owner))[0]).not.toHaveProperty('unreadFrom');

  const path = `/rooms/${roomId}/messages/${root}/follow`;
  expect((await request(urlOf(0), 'PUT', path, {...owner.who, body: {on: false}})).status).toBe(200);
  await reply(ben, roomId, root);
  await until('the replier to follow', async () => (await threads(ben)).length === 1);
  expect(await threads(owner)).toEqual([]);
  expect(await unread()).toBe(0);
});

test('only a visible message outside of threads is a root, and one way of listing goes at a time', async () => {
  const {roomId, root, ben} = await stage();
  const {seq} = await reply(ben, roomId, root);

  const refusals = [
    await ben.client.ask('message:send', {roomId, clientId: randomUUID(), text: 'deeper', threadOf: seq}),
    await ben.client.ask('message:send', {roomId, clientId: randomUUID(), text: 'where?', threadOf: 9_999}),
    await ben.client.ask('message:list', {roomId, threadOf: root, around: seq}),
    await ben.client.ask('message:list', {roomId, pinned: true, after: 1}),
    await ben.client.ask('message:list', {roomId, around: 1, before: 1}),
  ];
  for (const answer of refusals) expect(answer).toMatchObject({ok: false, error: {code: 'invalid'}});
  const {status} = await request(
    urlOf(0),
    'GET',
    `/rooms/${roomId}/messages?around=${seq}&pinned=true`,
    ben.who,
  );
  expect(status).toBe(400);
});
