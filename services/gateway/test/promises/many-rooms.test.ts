// Promise 4, no silent loss, for a user in very many rooms: starting, resuming and paging take as many answers as they
// need, and no event exceeds its size.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createClient} from '@madang/client/client';
import {createDatabase} from '@madang/database/connections/pool';
import {createRoom} from '@madang/database/rooms/rooms';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {limits} from '@madang/protocol/limits';
import type {Cursor, Frame, StartSessionResult} from '@madang/protocol/log';
import {patientRequest, RawClient, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

const roomCount = 1_500;
const busyRooms = 10;
/** The longest possible title and text, in characters of three bytes. */
const title = '마'.repeat(limits.titleChars);
const text = '당'.repeat(limits.textChars);
const messagesEach = 6;
/** The size of one answer: a page of rooms, and the frames. */
const answerBytes = limits.syncBytes + 200 * 1_024;

const silent = {debug() {}, info() {}, warn() {}, error() {}};

let cluster: Gateways;
let who: SignedIn;
/** Other users, each with enough rate for one test. */
let senders: RawClient[];
/** Rooms that the senders are in, too. */
let busy: string[];
beforeAll(async () => {
  cluster = await startGateways(2);
  const [first, second] = cluster.urls as [string, string];
  who = await signInGuest(first, '마'.repeat(limits.displayNameChars));
  await fillRooms(cluster.databaseUrl, who.user.id, roomCount - busyRooms);
  const owner = await RawClient.connect(second, who);
  busy = [];
  for (let index = 0; index < busyRooms; index += 1) {
    busy.push((await owner.call('room:create', {title, ephemeral: false})).room.id);
  }
  owner.close();
  senders = await Promise.all(
    Array.from({length: 6}, async () => RawClient.connect(second, await signInGuest(second))),
  );
  for (const sender of senders) for (const roomId of busy) await sender.call('room:join', {roomId});
});
afterAll(() => cluster.stop());

test('a user in 1,500 rooms starts, hears all of them, and resumes, and no event exceeds its size', async () => {
  const [first, second] = cluster.urls as [string, string];
  const before = await RawClient.connect(first, who);
  const sizes = measure(before);
  const pages = await startAll(before, new Map());
  const states = pages.flatMap(({rooms}) => rooms);
  expect(new Set(states.map(({room}) => room.id)).size).toBe(roomCount);
  expect(states).toHaveLength(roomCount);
  expect(states.slice(0, busyRooms).map(({room}) => room.id)).toEqual(expect.arrayContaining(busy));
  expect(sizes.received).toBeLessThanOrEqual(answerBytes);

  await senders[0]!.send(busy[0]!, 'heard');
  await waitFor(() => before.frames(busy[0]!).length === 1, {timeoutMs: 5_000, what: 'a live frame'});
  before.close();
  const cursors = new Map(states.map(({room, epoch, head}) => [room.id, {epoch, rev: head}]));
  cursors.set(busy[0]!, {...cursors.get(busy[0]!)!, rev: before.frames(busy[0]!)[0]!.head});
  await sendMuch(senders.slice(0, 3));

  const after = await RawClient.connect(second, who);
  const resumed = measure(after);
  const resumedPages = await startAll(after, cursors);
  const frames = resumedPages.flatMap((page) => page.frames);
  for (const page of resumedPages) expect(bytesOf(page.frames)).toBeLessThanOrEqual(limits.syncBytes);
  // More than fits into the answers: the rest is fetched room by room.
  expect(frames.length).toBeGreaterThan(0);
  expect(frames.length).toBeLessThan(busyRooms);
  const got = await syncBehind(after, resumedPages, cursors);
  expect(got).toEqual(new Map(busy.map((roomId) => [roomId, messagesEach])));
  expect(resumedPages.flatMap(({ended}) => ended)).toEqual([]);
  expect(resumed.received).toBeLessThanOrEqual(answerBytes);
  expect(Math.max(sizes.sent, resumed.sent)).toBeLessThanOrEqual(limits.eventBytes);
  after.close();
}, 60_000);

test('over HTTP the same user pages through the same rooms', async () => {
  const found = new Set<string>();
  let after: string | undefined;
  do {
    const query = new URLSearchParams({limit: '200', ...(after === undefined ? {} : {after})});
    const {body} = await patientRequest<StartSessionResult>(cluster.urls[0]!, 'GET', `/me?${query}`, {
      cookie: who.cookie,
    });
    for (const {room} of body.rooms) found.add(room.id);
    after = body.next;
  } while (after !== undefined);

  expect(found.size).toBe(roomCount);
});

test('the SDK holds all 1,500 rooms, and after an absence everything sent meanwhile', async () => {
  const client = createClient({url: cluster.urls[0]!, cookie: who.cookie});
  await client.connect();
  expect(client.rooms.size).toBe(roomCount);

  client.disconnect();
  const sent = await sendMuch(senders.slice(3));
  await client.connect();

  expect(client.rooms.size).toBe(roomCount);
  const seqsOf = (roomId: string) => client.rooms.get(roomId)!.timeline.messages.map(({seq}) => seq);
  await waitFor(
    () => [...sent].every(([roomId, seqs]) => seqs.every((seq) => seqsOf(roomId).includes(seq))),
    {
      timeoutMs: 10_000,
      what: 'the SDK to have all messages',
    },
  );
  client.close();
}, 60_000);

/** Rooms whose only member is the user, made without the gateways for speed. */
async function fillRooms(url: string, userId: string, count: number): Promise<void> {
  const db = createDatabase({url, log: silent, applicationName: 'test', deadlineMs: 20_000});
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      await createRoom(db, {tenantId, userId, title, visibility: 'private', ephemeral: false});
    }
  };
  await Promise.all(Array.from({length: 8}, worker));
  await db.close();
}

/** All pages of session:start, each with up to 200 of the cursors. */
async function startAll(
  client: RawClient,
  cursors: ReadonlyMap<string, Cursor>,
): Promise<StartSessionResult[]> {
  const unsent = [...cursors];
  const pages: StartSessionResult[] = [];
  let after: string | undefined;
  do {
    const some = unsent.splice(0, limits.cursors);
    const page = await client.call('session:start', {
      limit: 200,
      ...(some.length > 0 ? {cursors: Object.fromEntries(some)} : {}),
      ...(after === undefined ? {} : {after}),
    });
    pages.push(page);
    after = page.next;
  } while (after !== undefined);
  expect(unsent).toEqual([]);
  return pages;
}

/** How many messages each moved room had: from the frames of the pages, else from room:sync, by the reader's rule. */
async function syncBehind(
  client: RawClient,
  pages: StartSessionResult[],
  cursors: Map<string, Cursor>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const take = ({roomId, epoch, head, entries}: Frame) => {
    cursors.set(roomId, {epoch, rev: head});
    counts.set(roomId, (counts.get(roomId) ?? 0) + entries.length);
  };
  for (const frame of pages.flatMap((page) => page.frames)) take(frame);
  for (const {room, head} of pages.flatMap((page) => page.rooms)) {
    for (let more = true; more && cursors.get(room.id)!.rev < head;) {
      const {epoch, rev: after} = cursors.get(room.id)!;
      const frame = await client.call('room:sync', {roomId: room.id, epoch, after});
      expect(bytesOf(frame)).toBeLessThanOrEqual(limits.syncBytes);
      take(frame);
      more = frame.more ?? false;
    }
  }
  return counts;
}

/** Sends to every busy room, 720 kB together: each of three senders stays within its rate. */
async function sendMuch(by: RawClient[]): Promise<Map<string, number[]>> {
  const sent = new Map<string, number[]>(busy.map((roomId) => [roomId, []]));
  await Promise.all(
    by.map(async (sender) => {
      for (const roomId of busy) {
        for (let index = 0; index < messagesEach / by.length; index += 1) {
          sent.get(roomId)!.push((await sender.send(roomId, text)).seq);
        }
      }
    }),
  );
  return sent;
}

/** The largest Socket.IO packet so far in each direction. */
function measure(client: RawClient): {sent: number; received: number} {
  const largest = {sent: 0, received: 0};
  const {engine} = client.socket.io;
  engine.on('packetCreate', ({data}) => void (largest.sent = Math.max(largest.sent, sizeOf(data))));
  engine.on('packet', ({data}) => void (largest.received = Math.max(largest.received, sizeOf(data))));
  return largest;
}

function sizeOf(data: unknown): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : 0;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
