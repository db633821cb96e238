import {ChatError} from '@madang/protocol/errors';
import {presetPolicy} from '@madang/protocol/policy-presets';
import type {Occupancy} from '@madang/redis/occupancy';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import type {Broadcast} from '../broadcast.ts';
import {createPresenceDigests} from './presence-digests.ts';

const room = {kind: 'room', id: 'room', tenantId: 'acme'} as const;
const general = {kind: 'room', id: 'general', tenantId: 'acme'} as const;
const tenant = {kind: 'tenant', id: 'acme', tenantId: 'acme'} as const;
const config = {GRACE_MS: 5_000, DIGEST_MS: 1_000, RECOUNT_MS: 10_000};
const userOf = (id: string) => ({id, kind: 'account' as const, name: id, color: '#000000'});
const [ann, bob] = [userOf('ann'), userOf('bob')];

/** What Redis would hold for all nodes: node -> place -> users. */
let shared: Map<string, Map<string, Set<string>>>;
let nodeCount: number;
let heard: unknown[];
let heardLocally: unknown[];
let nodes: {close(): void}[];
/** Undefined while it is unknown. */
let hasDirectory: boolean | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  shared = new Map();
  nodeCount = 2;
  heard = [];
  heardLocally = [];
  nodes = [];
  hasDirectory = true;
});
afterEach(() => {
  for (const node of nodes) node.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function startNode(name: string) {
  const mine = new Map<string, Set<string>>();
  shared.set(name, mine);
  const union = (place: string) =>
    new Set([...shared.values()].flatMap((sets) => [...(sets.get(place) ?? [])]));
  const lost = new Set<() => void>();
  const occupancy: Occupancy = {
    start: () => {},
    stop: async () => {},
    enter: (place, userId) => void mine.set(place, (mine.get(place) ?? new Set()).add(userId)),
    leave: (place, userId) => void mine.get(place)?.delete(userId),
    // Answers are computed when asked, as in Redis.
    online: (places) => Promise.resolve(places.map((place) => union(place).size)),
    areOnline: (place, userIds) => Promise.resolve(userIds.map((userId) => union(place).has(userId))),
    areAway: (tenantId, userIds) =>
      Promise.resolve(
        userIds.map((userId) => {
          const there = [...shared.values()].filter((sets) => sets.get(`tenant:${tenantId}`)?.has(userId));
          return there.length > 0 && there.every((sets) => sets.get(`away:${tenantId}`)?.has(userId));
        }),
      ),
    listOnline: (place) => Promise.resolve({userIds: [...union(place)]}),
    nodeCount: () => nodeCount,
    onLost: (listener) => {
      lost.add(listener);
      return () => lost.delete(listener);
    },
  };
  const note = (list: () => unknown[]) =>
    ((to, event, payload) => void list().push({to, event, payload})) as Broadcast['emit'];
  const broadcast = {emit: note(() => heard), emitLocally: note(() => heardLocally)};
  const readUsers = async (_tenantId: string, userIds: string[]) => userIds.map(userOf);
  const tenants = {
    async get(id: string) {
      if (hasDirectory === undefined) throw new ChatError('unavailable');
      const policy = presetPolicy('community');
      policy.people.directory = hasDirectory;
      return {id, name: id, policy, policyVersion: 1, defaultRoomIds: ['general']};
    },
  };
  const presence = createPresenceDigests({occupancy, broadcast, tenants, readUsers, config});
  nodes.push(presence);
  return {...presence, loseLease: () => lost.forEach((listener) => listener())};
}

const news = (online: number, joined: object[], left: string[]) => ({
  to: {room: 'room'},
  event: 'room:presence',
  payload: {roomId: 'room', online, joined, left},
});
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const hearNothingOf = (before: unknown[]) => expect(heard).toEqual(before);

test('announces those who came within a second together, with the count', async () => {
  const node = startNode('a');
  node.entered(room, ann);
  node.entered(room, bob);
  hearNothingOf([]);

  await pass(1_000);

  expect(heard).toEqual([news(2, [ann, bob], [])]);
});

test('announces nobody who is there already through another node', async () => {
  const [a, b] = [startNode('a'), startNode('b')];
  a.entered(room, ann);
  await pass(1_000);
  b.entered(room, ann);
  await pass(5_000);

  expect(heard).toEqual([news(1, [ann], [])]);
});

test('announces a sign-off when the grace period has passed', async () => {
  const node = startNode('a');
  node.entered(room, ann);
  node.entered(room, bob);
  await pass(1_000);
  node.left(room, ann, {atOnce: false});
  await pass(5_000);
  expect(heard).toHaveLength(1);

  await pass(1_000);

  expect(heard[1]).toEqual(news(1, [], ['ann']));
});

test.each(['a', 'b'])(
  'announces nothing when someone returns to node %s within the grace period',
  async (name) => {
    const started: Record<string, ReturnType<typeof startNode>> = {a: startNode('a'), b: startNode('b')};
    started['a']!.entered(room, ann);
    await pass(1_000);
    started['a']!.left(room, ann, {atOnce: false});
    await pass(4_000);
    started[name]!.entered(room, ann);
    await pass(9_000);

    expect(heard).toEqual([news(1, [ann], [])]);
  },
);

test('begins the grace period again with each sign-off', async () => {
  const node = startNode('a');
  node.entered(room, ann);
  await pass(1_000);
  node.left(room, ann, {atOnce: false});
  await pass(4_000);
  node.entered(room, ann);
  node.left(room, ann, {atOnce: false});
  await pass(4_000);
  expect(heard).toHaveLength(1);

  await pass(2_000);

  expect(heard[1]).toEqual(news(0, [], ['ann']));
});

test('announces the end of a membership at once, and not again when its grace period would have ended', async () => {
  const node = startNode('a');
  node.entered(room, ann);
  node.entered(room, bob);
  await pass(1_000);
  node.left(room, ann, {atOnce: false});
  node.left(room, ann, {atOnce: true});
  await pass(1_000);
  expect(heard[1]).toEqual(news(1, [], ['ann']));

  await pass(8_000);

  expect(heard).toHaveLength(2);
});

test('says nothing of someone who came and was gone before the announcement', async () => {
  const node = startNode('a');
  node.entered(room, bob);
  await pass(1_000);
  node.entered(room, ann);
  node.left(room, ann, {atOnce: true});
  await pass(1_000);

  expect(heard).toEqual([news(1, [bob], [])]);
});

test('names at most 20 at a time, and the others after them', async () => {
  const node = startNode('a');
  const many = Array.from({length: 30}, (_, index) => userOf(`u${index}`));
  for (const user of many) node.entered(room, user);
  await pass(2_000);

  expect(heard).toEqual([news(30, many.slice(0, 20), []), news(30, many.slice(20), [])]);
});

test('sends counts only while more than 100 are online', async () => {
  const node = startNode('a');
  for (let index = 0; index < 101; index += 1) node.entered(room, userOf(`u${index}`));
  await pass(1_000);
  node.left(room, userOf('u0'), {atOnce: true});
  await pass(1_000);

  expect(heard).toEqual([news(101, [], []), news(100, [], [])]);
});

test('tells watchers of a tenant the same of everyone who is connected', async () => {
  const node = startNode('a');
  node.entered(tenant, ann);
  await pass(1_000);

  expect(heard).toEqual([
    {to: {presence: 'acme'}, event: 'presence:changed', payload: {online: 1, joined: [ann], left: []}},
  ]);
});

test('names nobody where there is no directory, but to services and in rooms that people chose', async () => {
  const node = startNode('a');
  const places = [general, room, tenant];
  const told = (list: unknown[]) =>
    (list as {to: object; payload: {online: number; joined: unknown[]; left: unknown[]}}[]).map(
      ({to, payload: {online, joined, left}}) => [to, online, joined, left],
    );
  for (const place of places) node.entered(place, ann);
  await pass(1_000);
  hasDirectory = false;
  heard.length = 0;
  for (const place of places) node.entered(place, bob);
  await pass(1_000);
  for (const place of places) node.left(place, ann, {atOnce: true});
  await pass(1_000);

  expect(told(heard)).toEqual([
    [{room: 'general'}, 2, [], []],
    [{room: 'room'}, 2, [bob], []],
    [{servicePresence: 'acme'}, 2, [bob], []],
    [{room: 'general'}, 1, [], []],
    [{room: 'room'}, 1, [], ['ann']],
    [{servicePresence: 'acme'}, 1, [], ['ann']],
  ]);
  node.retell();
  await pass(0);
  expect(told(heardLocally)).toEqual([
    [{room: 'general'}, 1, [], []],
    [{room: 'room'}, 1, [], []],
    [{servicePresence: 'acme'}, 1, [], []],
  ]);
});

test('keeps names until it is known whether they may be told', async () => {
  const node = startNode('a');
  hasDirectory = undefined;
  node.entered(general, ann);
  await pass(3_000);
  hearNothingOf([]);

  hasDirectory = true;
  await pass(1_000);

  expect(heard).toMatchObject([{to: {room: 'general'}, payload: {online: 1, joined: [ann]}}]);
});

test('corrects the count within ten seconds where an announcement was lost', async () => {
  const node = startNode('a');
  node.entered(room, ann);
  await pass(1_000);
  shared.set('silent', new Map([['room', new Set(['bob'])]]));
  await pass(9_000);

  expect(heardLocally).toEqual([news(2, [], [])]);
  await pass(20_000);
  expect(heardLocally).toHaveLength(1);
});

test('corrects the count within ten seconds where another node told one and was gone before it told the next', async () => {
  const node = startNode('a');
  node.entered(room, ann);
  await pass(1_000);

  node.shown(room, 2);
  await pass(10_000);

  expect(heardLocally).toEqual([news(1, [], [])]);
});

test('corrects the count within seconds of a node going, and at once after losing its own lease', async () => {
  const node = startNode('a');
  shared.set('killed', new Map([['room', new Set(['bob'])]]));
  node.entered(room, ann);
  await pass(1_000);
  nodeCount = 1;
  await pass(1_000);
  // The worker drops its users shortly after its lease expires.
  shared.delete('killed');
  await pass(2_000);
  expect(heardLocally).toEqual([news(1, [], [])]);

  shared.set('new', new Map([['room', new Set(['bob'])]]));
  node.loseLease();
  await pass(0);

  expect(heardLocally[1]).toEqual(news(2, [], []));
});

test('tells a count again that another node may have told otherwise', async () => {
  const presence = startNode('near');
  presence.entered(room, ann);
  await vi.advanceTimersByTimeAsync(1_000);
  heardLocally.length = 0;

  await vi.advanceTimersByTimeAsync(10_000);
  expect(heardLocally).toEqual([]);
  presence.retell();
  await vi.advanceTimersByTimeAsync(0);

  expect(heardLocally).toMatchObject([{event: 'room:presence', payload: {online: 1, joined: [], left: []}}]);
});

test('keeps nothing of a place that someone gave up before entering it', async () => {
  const node = startNode('one');

  node.left(room, ann, {atOnce: true});
  await vi.advanceTimersByTimeAsync(config.RECOUNT_MS);

  expect(heardLocally).toEqual([]);
});

const changes = () =>
  heard.flatMap(
    (each) => (each as {payload: {changed?: {id: string; away?: boolean}[]}}).payload.changed ?? [],
  );

test('announces a user as away once they are so on every node, and no more once they are back on one', async () => {
  const [near, far] = [startNode('near'), startNode('far')];
  near.entered(tenant, ann);
  far.entered(tenant, ann);
  await vi.advanceTimersByTimeAsync(1_000);

  near.setAway('acme', ann.id, true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(changes()).toEqual([ann]);
  far.setAway('acme', ann.id, true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(changes().at(-1)).toEqual({...ann, away: true});
  far.setAway('acme', ann.id, false);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(changes().at(-1)).toEqual(ann);
});

test('announces as away who leaves the only node on which they were not', async () => {
  const [near, far] = [startNode('near'), startNode('far')];
  near.entered(tenant, ann);
  far.entered(tenant, ann);
  near.setAway('acme', ann.id, true);
  await vi.advanceTimersByTimeAsync(1_000);
  far.left(tenant, ann, {atOnce: true});
  await vi.advanceTimersByTimeAsync(1_000);

  expect(changes().at(-1)).toEqual({...ann, away: true});
});
