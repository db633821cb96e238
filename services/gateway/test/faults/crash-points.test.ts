// Promises 1 and 4 at the worst moments: a gateway dies around the commit of a message. A stored message reaches the
// members on other nodes although nobody told them, and the sender's retry elsewhere finds the same message.
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createClient} from '@madang/client/client';
import {startCluster, type GatewayProcess, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {findGaps, RawClient, Reader, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {readStored} from '../support/ledger.ts';

const crashPoints = ['before_append', 'after_commit_before_broadcast', 'after_commit_before_ack'] as const;

let cluster: ProcessCluster;
/** The gateways that survive. */
let healthy: GatewayProcess[];
beforeAll(async () => {
  cluster = await startCluster({
    gateways: crashPoints.length + 2,
    env: (gateway) => ({MADANG_CRASH_AT: crashPoints[gateway]}),
  });
  healthy = cluster.gateways.slice(crashPoints.length);
}, 90_000);
afterAll(() => cluster?.stop());

test.each([
  ['before the message was stored', 'before_append', false],
  ['between commit and broadcast', 'after_commit_before_broadcast', true],
  ['between commit and acknowledgement', 'after_commit_before_ack', true],
] as const)(
  'a gateway dies %s: members on other nodes have it within 10 s, and the retry makes no second one',
  async (_when, crashPoint, isStored) => {
    const crashing = cluster.gateways[crashPoints.indexOf(crashPoint)]!;
    const {roomId, members, readers} = await gather();
    const sender = createClient({url: crashing.url});
    const {id: senderId} = await sender.guest();
    await sender.call('room:join', {roomId});
    const clientId = randomUUID();
    const sending = sender.send(roomId, {clientId, text: 'on the brink'});
    sending.catch(() => undefined);

    expect(await crashing.exited).toEqual({code: null, signal: 'SIGKILL'});
    const hasArrived = () => readers.every(({entries}) => entries.length === 1);
    if (isStored) await waitFor(hasArrived, {timeoutMs: 10_000, what: 'the members to have the message'});
    expect(await readStored(cluster.databaseUrl, roomId)).toHaveLength(isStored ? 1 : 0);

    // The application restarts with its stored state, and reaches another node.
    const {cookie} = sender;
    const again = createClient({url: healthy[1]!.url, cookie, outbox: sender.outbox.export()});
    sender.close();
    await again.connect();
    await waitFor(() => again.outbox.entries.length === 0 && hasArrived(), {
      timeoutMs: 10_000,
      what: 'the retry to be answered',
    });

    const [first] = members as [RawClient];
    const tab = await RawClient.connect(healthy[0]!.url, {user: again.user!, cookie: cookie!});
    expect(await tab.send(roomId, 'on the brink', clientId)).toMatchObject({seq: 1, duplicate: true});
    expect(await first.send(roomId, 'and on')).toMatchObject({seq: 2});
    expect(await readStored(cluster.databaseUrl, roomId)).toMatchObject([{seq: 1, clientId}, {seq: 2}]);
    await waitFor(() => readers.every(({cursor}) => cursor.rev === 2), {
      timeoutMs: 5_000,
      what: 'the members to have what came after',
    });
    for (const [index, {entries, breaches}] of readers.entries()) {
      expect(entries.map(({rev, message}) => [rev, message?.sender.id === senderId])).toEqual([
        [1, true],
        [2, false],
      ]);
      expect([...breaches, ...findGaps(members[index]!.frames(roomId))]).toEqual([]);
    }
    again.close();
    for (const client of [tab, ...members]) client.close();
  },
);

/** A new room with a member on each surviving node. */
async function gather() {
  const [first, second] = (await Promise.all(
    healthy.map(async ({url}) => RawClient.connect(url, await signInGuest(url))),
  )) as [RawClient, RawClient];
  const state = await first.call('room:create', {title: 'Brink', ephemeral: false});
  const roomId = state.room.id;
  const readers = [new Reader(first, state), new Reader(second, await second.call('room:join', {roomId}))];
  return {roomId, members: [first, second], readers};
}
