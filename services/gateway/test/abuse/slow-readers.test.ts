/**
 * Promise 9: a reader that stops reading costs a node little and loses nothing: its connection is closed, and it
 * resumes from the log. A client that reads is never closed for being slow.
 */
import {randomUUID} from 'node:crypto';
import type {RoomState} from '@madang/protocol/rooms';
import {RawClient, Reader, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {Wire} from '../support/wire.ts';

const mebibyte = 1024 * 1024;
/** The longest possible message: 4,000 characters of three bytes each. */
const longest = '마'.repeat(4_000);
/** How much one person may send at once without being limited: 256 KiB. */
const burst = 20;

let cluster: Gateways;
let url: string;
let metricsUrl: string;
let owner: SignedIn;
let roomId: string;
/** They send over HTTP and hear nothing, so that only the readers cost memory. */
let senders: SignedIn[];
/** The number of longest messages in the room. */
let stored = 0;

beforeAll(async () => {
  cluster = await startGateways(0);
  const gateway = await cluster.add();
  url = gateway.url;
  metricsUrl = `http://127.0.0.1:${gateway.metricsPort}/metrics`;
  owner = await signInGuest(url);
  ({
    room: {id: roomId},
  } = await post<RoomState>(owner, '/rooms', {title: 'Courtyard'}));
  senders = await Promise.all(Array.from({length: 60}, () => enter()));
});
afterAll(() => cluster.stop());

/** Retries while a busy machine refuses. A retry has the clientId of the first try. */
function post<Body>(who: SignedIn, path: string, body: object): Promise<Body> {
  return waitFor(
    async () => {
      const answer = await request<Body>(url, 'POST', path, {cookie: who.cookie, body});
      if (answer.body.error && !answer.body.error.retryable) throw new Error(answer.body.error.code);
      return !answer.body.error && answer.body;
    },
    {timeoutMs: 20_000, what: `POST ${path}`, everyMs: 100},
  );
}

/** A new guest in the room. */
async function enter(): Promise<SignedIn> {
  const who = await signInGuest(url);
  await post(who, `/rooms/${roomId}/join`, {});
  return who;
}

async function sendBursts(from: SignedIn[]): Promise<void> {
  const sends = from.flatMap((sender) =>
    Array.from({length: burst}, () => {
      const clientId = randomUUID();
      return post(sender, `/rooms/${roomId}/messages`, {clientId, text: longest});
    }),
  );
  await Promise.all(sends);
  stored += sends.length;
}

/** A connection that hears the room. */
async function listen(who: SignedIn): Promise<Wire> {
  const wire = await Wire.connect(url, who);
  await waitFor(async () => (await wire.ask('session:start', '{}')).ok, {
    timeoutMs: 10_000,
    what: 'its rooms',
  });
  return wire;
}

async function evictions(): Promise<{count: number; withinBytes: (bytes: number) => number}> {
  const text = await (await fetch(metricsUrl)).text();
  const read = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => series.split(' ').every((part) => line.includes(part)))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  return {
    count: read('madang_evictions_total{ reason="too_slow"'),
    withinBytes: (bytes) => read(`madang_evicted_bytes_bucket{ le="${bytes}"`),
  };
}

test('a reader that stops is ended before it costs 3 MiB, and catches up when it returns', async () => {
  const who = await enter();
  const before = await post<RoomState>(who, `/rooms/${roomId}/join`, {});
  const [stopped, healthy] = [await listen(who), await listen(await enter())];
  const evictedBefore = await evictions();

  stopped.socket.pause();
  // The kernel buffers some megabytes first.
  for (let first = 0; first < senders.length; first += 10) {
    await sendBursts(senders.slice(first, first + 10));
    if ((await evictions()).count > evictedBefore.count) break;
  }

  const evicted = await waitFor(
    async () => {
      const now = await evictions();
      return now.count > evictedBefore.count && now;
    },
    {timeoutMs: 10_000, what: 'the reader to be ended'},
  );
  expect(evicted.count - evictedBefore.count).toBe(1);
  expect(evicted.withinBytes(3 * mebibyte) - evictedBefore.withinBytes(3 * mebibyte)).toBe(1);
  stopped.socket.resume();
  expect(await stopped.closed).toBe(1006);
  expect(healthy.socket.readyState).toBe(WebSocket.OPEN);

  const returned = await RawClient.connect(url, who);
  const reader = new Reader(returned, before);
  const {epoch, head: rev} = before;
  const {frames} = await returned.call('session:start', {cursors: {[roomId]: {epoch, rev}}});
  for (const frame of frames) reader.apply(frame);
  await reader.sync();
  expect(reader.messages).toHaveLength(stored);
  expect(reader.breaches).toEqual([]);
  returned.close();
  healthy.close();
});

test('a reader that asks for page after page and reads none is ended before it costs 3 MiB', async () => {
  const asking = await Wire.connect(url, owner);
  const evictedBefore = await evictions();

  asking.socket.pause();
  const evicted = await waitFor(
    async () => {
      for (let page = 0; page < 10; page += 1) {
        asking.ask('message:list', JSON.stringify({roomId, limit: 200})).catch(() => undefined);
      }
      const now = await evictions();
      return now.count > evictedBefore.count && now;
    },
    {timeoutMs: 20_000, what: 'the reader to be ended', everyMs: 100},
  );
  expect(evicted.count - evictedBefore.count).toBe(1);
  expect(evicted.withinBytes(3 * mebibyte) - evictedBefore.withinBytes(3 * mebibyte)).toBe(1);
  asking.socket.resume();
  expect(await asking.closed).toBe(1006);
});

test('a page of the longest messages is short enough for a slow line, and the pages cover all of them', async () => {
  const client = await RawClient.connect(url, owner);
  const seqs: number[] = [];
  let before: number | undefined;
  let more = true;
  while (more) {
    const page = await client.call('message:list', {roomId, limit: 200, before});
    expect(Buffer.byteLength(JSON.stringify(page.messages))).toBeLessThanOrEqual(256 * 1024);
    seqs.push(...page.messages.map(({seq}) => seq));
    before = seqs.at(-1);
    more = page.more;
  }

  expect(new Set(seqs).size).toBe(stored);
  client.close();
});

test('a healthy reader of a burst of 200 × 4,000 characters is not ended', async () => {
  const readers = [await listen(await enter()), await listen(await enter()), await listen(await enter())];
  const others = await Promise.all(Array.from({length: 200 / burst}, () => enter()));
  const evictedBefore = await evictions();

  await sendBursts(others);

  await waitFor(() => readers.every(({receivedChars}) => receivedChars > 200 * 4_000), {
    timeoutMs: 10_000,
    what: 'every reader to have read the burst',
  });
  expect((await evictions()).count).toBe(evictedBefore.count);
  for (const reader of readers) {
    expect(reader.socket.readyState).toBe(WebSocket.OPEN);
    reader.close();
  }
});
