// Promise 9, no node matters, and promises 1, 3, 4 and 7 while one dies: nothing acknowledged is lost or doubled, its
// clients continue elsewhere, and presence is correct about those who did not.
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {ServerEventPayload} from '@madang/protocol/events';
import {startCluster, type GatewayProcess, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {findGaps, RawClient, Reader, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {findTalkersFaults, talkDuring, Talker} from '../support/talkers.ts';

const talkerCount = 18;
const visitorCount = 4;

let cluster: ProcessCluster;
let witness: Witness;
let talkers: Talker[];
let roomIds: string[];

beforeAll(async () => {
  cluster = await startCluster({gateways: 3, worker: true, balancer: true});
  witness = await Witness.enter(cluster.gateways[2]!);
  roomIds = witness.roomIds;
  talkers = [];
  // One after the other, so that the balancer can spread them.
  for (let number = 1; number <= talkerCount; number += 1) {
    talkers.push(await Talker.enter(cluster.url!, `Talker ${number}`, roomIds));
  }
}, 90_000);
afterAll(() => cluster?.stop());

test('when a gateway is killed under load its clients go on elsewhere, nothing is lost or doubled, and who stays away is gone within 15 s and never counted twice', async () => {
  const victim = cluster.gateways[0]!;
  const [hall] = roomIds as [string];
  const visitors = await Promise.all(Array.from({length: visitorCount}, () => visit(victim, hall)));
  // A user with another tab elsewhere stays present, whatever happens to this one.
  const tabs = await openTabs([victim, cluster.gateways[1]!], hall);
  const everyone = 1 + talkers.length + visitorCount + 1;
  const userIds = talkers.map(({client}) => client.user!.id);
  await witness.hasHeardOf(hall, 'joined', [...userIds, ...[...visitors, ...tabs].map(({user}) => user.id)]);
  for (const roomId of roomIds) await witness.hasHeardOf(roomId, 'joined', userIds);
  await witness.countIs(hall, everyone);
  const movers = talkers.filter(({client}) => client.node === victim.name);
  expect(movers.length).toBeGreaterThan(2);
  witness.forget();

  const {killedAt, goneMs} = await talkDuring(talkers, roomIds, async () => {
    await everyoneHasSent(10);
    victim.kill('SIGKILL');
    const killedAt = performance.now();
    await victim.exited;
    await witness.countIs(hall, everyone - visitorCount, 15_000);
    const goneMs = performance.now() - killedAt;
    for (const {user} of visitors) expect(await witness.sees(hall, user.id)).toBe(false);
    await everyoneHasSent(10);
    return {killedAt, goneMs};
  });

  expect(goneMs).toBeLessThan(15_000);
  expect(Math.max(...witness.counts(hall))).toBeLessThanOrEqual(everyone);
  expect(Math.min(...witness.counts(hall))).toBeGreaterThanOrEqual(everyone - visitorCount);
  expect(witness.announced()).toEqual([]);
  for (const mover of movers) {
    expect(mover.client.node).not.toBe(victim.name);
    expect(mover.arrivals.at(-1)!.at - killedAt).toBeLessThan(10_000);
  }
  for (const roomId of roomIds) {
    expect(await findTalkersFaults(cluster.databaseUrl, roomId, talkers)).toEqual([]);
    expect(await witness.findFaults(roomId)).toEqual([]);
  }
  await tabs[1]!.call('room:leave', {roomId: hall});
  await witness.hasHeardOf(hall, 'left', [tabs[1]!.user.id]);
  await victim.restart();
}, 60_000);

test('a gateway told to stop under load moves every client within the drain time and exits with 0, nothing is lost or doubled and nobody hears of it', async () => {
  const [, leaving] = cluster.gateways as [GatewayProcess, GatewayProcess];
  const movers = talkers.filter(({client}) => client.node === leaving.name);
  expect(movers.length).toBeGreaterThan(2);
  const [hall] = roomIds as [string];
  const visitor = await visit(leaving, hall);
  await witness.hasHeardOf(hall, 'joined', [visitor.user.id]);
  await witness.countIs(hall, 1 + talkers.length + 1);
  witness.forget();

  const {exit, stoppedMs, movedMs} = await talkDuring(talkers, roomIds, async () => {
    await everyoneHasSent(10);
    leaving.kill('SIGTERM');
    const toldAt = performance.now();
    await waitFor(
      () => movers.every(({client}) => client.status === 'online' && client.node !== leaving.name),
      {
        timeoutMs: 20_000,
        what: 'every client to be elsewhere',
      },
    );
    const movedMs = performance.now() - toldAt;
    const exit = await leaving.exited;
    const stoppedMs = performance.now() - toldAt;
    await everyoneHasSent(10);
    return {exit, stoppedMs, movedMs};
  });

  expect(exit).toEqual({code: 0, signal: null});
  expect(Math.max(stoppedMs, movedMs)).toBeLessThan(20_000);
  for (const {endings} of movers) expect(endings).toEqual(['shutting_down']);
  for (const roomId of roomIds) {
    expect(await findTalkersFaults(cluster.databaseUrl, roomId, talkers)).toEqual([]);
    expect(await witness.findFaults(roomId)).toEqual([]);
  }
  await witness.countIs(hall, 1 + talkers.length);
  expect(Math.min(...witness.counts(hall))).toBe(1 + talkers.length);
  expect(witness.announced()).toEqual([]);
}, 60_000);

/** Resolves once each talker has had this many more answers than now. */
async function everyoneHasSent(more: number): Promise<void> {
  const goals = talkers.map(({sent}) => sent.length + more);
  await waitFor(() => talkers.every(({sent}, index) => sent.length >= goals[index]!), {
    timeoutMs: 20_000,
    what: `everyone to have sent ${more} more`,
  });
}

/** A user who is connected to one gateway and does not come back. */
async function visit(gateway: GatewayProcess, roomId: string): Promise<RawClient> {
  const visitor = await RawClient.connect(gateway.url, await signInGuest(gateway.url, 'Visitor'));
  await visitor.call('room:join', {roomId});
  return visitor;
}

/** One user with a connection to each of the gateways. */
async function openTabs(gateways: GatewayProcess[], roomId: string): Promise<RawClient[]> {
  const who = await signInGuest(gateways[0]!.url, 'Two tabs');
  return Promise.all(
    gateways.map(async ({url}) => {
      const client = await RawClient.connect(url, who);
      await client.call('room:join', {roomId});
      return client;
    }),
  );
}

/** A user on a surviving gateway who follows the protocol's rules, and records all presence events. */
class Witness {
  readonly roomIds: string[];
  readonly #client: RawClient;
  readonly #readers: Map<string, Reader>;
  readonly #polled: number[] = [];
  #since = 0;

  private constructor(client: RawClient, readers: Map<string, Reader>) {
    this.#client = client;
    this.#readers = readers;
    this.roomIds = [...readers.keys()];
  }

  static async enter({url}: GatewayProcess): Promise<Witness> {
    const client = await RawClient.connect(url, await signInGuest(url, 'Witness'));
    const readers = new Map<string, Reader>();
    for (const title of ['Hall', 'Kitchen']) {
      const state = await client.call('room:create', {title, ephemeral: false});
      readers.set(state.room.id, new Reader(client, state));
    }
    return new Witness(client, readers);
  }

  /** Waits until both sources agree: the events sent without a request, and the answers to requests. */
  async countIs(roomId: string, online: number, timeoutMs = 15_000): Promise<void> {
    await waitFor(
      async () => {
        const {room} = await this.#client.call('room:get', {roomId});
        this.#polled.push(room.online ?? -1);
        return room.online === online && this.#told(roomId).at(-1)?.online === online;
      },
      {timeoutMs, what: `${online} to be online`, everyMs: 100},
    );
  }

  /** Waits until this was announced for each of them: names may follow the count, as each node announces its own. */
  async hasHeardOf(roomId: string, what: 'joined' | 'left', userIds: string[]): Promise<void> {
    const named = () =>
      this.#told(roomId).flatMap((told) => (what === 'left' ? told.left : told.joined.map(({id}) => id)));
    await waitFor(() => userIds.every((id) => named().includes(id)), {
      timeoutMs: 10_000,
      what: `${userIds.length} to be announced as ${what}`,
    });
  }

  async sees(roomId: string, userId: string): Promise<boolean> {
    const {members} = await this.#client.call('room:members', {roomId, online: true, limit: 200});
    return members.some(({user}) => user.id === userId);
  }

  /** Every count since `forget`, from events or answers. */
  counts(roomId: string): number[] {
    return [...this.#told(roomId, this.#since).map(({online}) => online), ...this.#polled];
  }

  /** Names announced as coming or going since `forget`. */
  announced(): string[] {
    return this.roomIds.flatMap((roomId) =>
      this.#told(roomId, this.#since).flatMap(({joined, left}) => [
        ...joined.map(({name}) => `${name} came`),
        ...left.map((id) => `${id} went`),
      ]),
    );
  }

  forget(): void {
    this.#since = performance.now();
    this.#polled.length = 0;
  }

  async findFaults(roomId: string): Promise<string[]> {
    const reader = this.#readers.get(roomId)!;
    const {messages} = await this.#client.call('message:list', {roomId, limit: 1});
    const end = messages[0]?.seq ?? 0;
    await waitFor(() => reader.cursor.rev >= end, {timeoutMs: 5_000, what: 'the witness to hear the end'});
    const revs = reader.entries.map(({rev}) => rev);
    return [
      ...findGaps(this.#client.frames(roomId)),
      ...reader.breaches,
      ...(reader.resyncs > 0 ? [`${reader.resyncs} resyncs`] : []),
      ...(revs.some((rev, index) => rev !== index + 1)
        ? ['the witness was not taken through every rev']
        : []),
    ];
  }

  #told(roomId: string, since = 0): ServerEventPayload<'room:presence'>[] {
    return this.#client.received
      .filter(({event, at}) => event === 'room:presence' && at >= since)
      .map(({payload}) => payload as ServerEventPayload<'room:presence'>)
      .filter((payload) => payload.roomId === roomId);
  }
}
