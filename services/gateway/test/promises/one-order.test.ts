// Promise 2, one order: each room has one log, and every observer on every node gets it in order and without gaps. A
// send acknowledged before another began has the lower rev. And promise 4: lost broadcasts only cost time.
import {expect, test} from 'vitest';
import type {Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import {findGaps, RawClient, Reader, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {metricOf, startGateways, type Gateways} from '../support/gateways.ts';

const senderCount = 12;
const sendsEach = 250;
/** How many sends of one sender are under way; few, so that there are many batches, and so many frames. */
const windowSize = 5;

test.each([
  ['with every broadcast carried', 0],
  ['with 1 % of the broadcasts lost', 0.01],
  ['with half of the broadcasts lost', 0.5],
])(
  'twelve senders at once on three nodes: all observers are taken through the same log, %s',
  async (_how, dropShare) => {
    const cluster = await startGateways(3, {MADANG_DROP_BROADCASTS: String(dropShare)});
    try {
      const observers = await enterRoom(cluster);
      const sends = (await Promise.all(observers.slice(0, senderCount).map(sendAll))).flat();
      const end = Math.max(...sends.map(({rev}) => rev));
      await waitFor(() => observers.every(({reader}) => reader.cursor.rev === end), {
        timeoutMs: 15_000,
        what: 'every observer to reach the end of the log',
      });

      const [reference] = observers;
      expect(sends).toHaveLength(senderCount * sendsEach);
      expect(new Set(sends.map(({rev}) => rev)).size).toBe(sends.length);
      expect(findInversions(sends)).toEqual([]);
      for (const observer of observers) {
        expect(gapsOf(observer)).toEqual([]);
        expect(observer.reader.breaches).toEqual([]);
        expect(observer.reader.resyncs).toBe(0);
        expect(observer.reader.entries.map(revAndText)).toEqual(reference!.reader.entries.map(revAndText));
      }
      expect(reference!.reader.entries.map(revAndText)).toEqual(
        sends.sort((a, b) => a.rev - b.rev).map(({rev, text}) => `${rev} ${text}`),
      );
      const repairs = await Promise.all(cluster.gateways.map((gateway) => metricOf(gateway, 'gap_repairs')));
      if (dropShare === 0.5) expect(Math.min(...repairs)).toBeGreaterThan(0);
      for (const {client} of observers) client.close();
    } finally {
      await cluster.stop();
    }
  },
  60_000,
);

type Observer = {client: RawClient; state: RoomState; reader: Reader};
type Sent = {text: string; rev: number; beganAt: number; acknowledgedAt: number};

/** The senders, and on each node one more member who only reads. */
async function enterRoom({urls}: Gateways): Promise<Observer[]> {
  const enter = async (url: string, who: SignedIn, roomId?: string): Promise<Observer> => {
    const client = await RawClient.connect(url, who);
    const state = roomId
      ? await client.call('room:join', {roomId})
      : await client.call('room:create', {title: 'Market'});
    return {client, state, reader: new Reader(client, state)};
  };
  const urlOf = (index: number) => urls[index % urls.length]!;
  const people = await Promise.all(
    Array.from({length: senderCount + urls.length}, (_, index) => signInGuest(urlOf(index + 1))),
  );
  const first = await enter(urlOf(0), people[0]!);
  const rest = people.slice(1).map((who, index) => enter(urlOf(index + 1), who, first.state.room.id));
  return [first, ...(await Promise.all(rest))];
}

/** Sends as fast as its limits allow. If a refusal names a time, it sends again after it, with the same clientId. */
async function sendAll({client, state}: Observer, sender: number): Promise<Sent[]> {
  const sent: Sent[] = [];
  let next = 0;
  const worker = async () => {
    while (next < sendsEach) {
      const text = `${sender}:${next++}`;
      const clientId = crypto.randomUUID();
      const beganAt = performance.now();
      await waitFor(
        async () => {
          const {rev} = await client.send(state.room.id, text, clientId);
          sent.push({text, rev, beganAt, acknowledgedAt: performance.now()});
          return true;
        },
        {timeoutMs: 20_000, what: `send ${text} to be acknowledged`, everyMs: 50},
      );
    }
  };
  await Promise.all(Array.from({length: windowSize}, worker));
  return sent;
}

/** Pairs of sends in which the one that began after the other's acknowledgement has the lower rev. */
function findInversions(sends: Sent[]): string[] {
  const acknowledged = sends.toSorted((a, b) => a.acknowledgedAt - b.acknowledgedAt);
  let highest = 0;
  let before = 0;
  return sends
    .toSorted((a, b) => a.beganAt - b.beganAt)
    .flatMap(({beganAt, rev}) => {
      while (acknowledged[before] && acknowledged[before]!.acknowledgedAt < beganAt) {
        highest = Math.max(highest, acknowledged[before++]!.rev);
      }
      return rev < highest ? [`rev ${rev} began after ${highest} was acknowledged`] : [];
    });
}

/** Gaps between the frames as they came; the first frame must continue the RoomState. */
function gapsOf({client, state}: Observer): string[] {
  const start: Frame = {
    roomId: state.room.id,
    epoch: state.epoch,
    after: state.head,
    head: state.head,
    entries: [],
  };
  return findGaps([start, ...client.frames(state.room.id)]);
}

function revAndText({rev, message}: Frame['entries'][number]): string {
  return `${rev} ${message?.text}`;
}
