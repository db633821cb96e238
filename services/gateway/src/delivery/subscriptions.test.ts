import type {Statement} from '@madang/database/connections/pool';
import {ChatError} from '@madang/protocol/errors';
import type {Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {expect, onTestFinished, test, vi} from 'vitest';
import {createGatewayMetrics} from '../metrics.ts';
import {Feeds} from './feeds.ts';
import {soonMs, Subscriptions, type SubscriptionsDeps} from './subscriptions.ts';

const roomId = 'room';
const silent = createLogger({name: 'test', level: 'silent'});

/** Subscriptions over fakes: everyone is a member since rev 1, and Redis answers when the test says so. */
function setUp() {
  const redis = {answer: Promise.resolve()};
  const page = {read: Promise.resolve()};
  const log = {epoch: '1.1'};
  const member = {ageMs: 1e9};
  const noted: string[] = [];
  const state = {
    room: {id: roomId, ephemeral: true},
    membership: {role: 'member', joinedAt: 1, readSeq: 0, may: ['history']},
    epoch: '1.1',
    head: 0,
    unread: 0,
  };
  const feeds = new Feeds({
    adapter: () => ({addAll: () => undefined, del: () => undefined}) as never,
    redis: {isUp: () => true, subscriber: {ping: async () => 'PONG'}},
    readLog: async () => ({roomId, epoch: log.epoch, after: 0, head: 0, entries: []}),
    isFresh: () => true,
    gapWaitMs: () => 100,
    check: () => undefined,
    readMemberships: async () => undefined,
    readStandings: async () => [],
    onEphemeral: () => undefined,
    metrics: createGatewayMetrics(createMetrics(), 'test'),
    log: silent,
  });
  const joined: string[] = [];
  async function query({name}: Statement, values: unknown[]) {
    if (name === 'list_my_rooms') await page.read;
    if (joined.length === 0) return [{state, ...member}];
    const [, exclude, limit] = values as [string, string[], number];
    const next = joined.filter((id) => !exclude.includes(id)).slice(0, limit + 1);
    return next.map((id) => ({state: {...state, room: {...state.room, id}}}));
  }
  const deps: SubscriptionsDeps = {
    db: {query} as never,
    feeds,
    occupancy: {online: () => redis.answer.then(() => [1])} as never,
    presence: {
      entered: (_place, user: User) => void noted.push(`${user.id} entered`),
      left: (_place, user: User, {atOnce}) => void noted.push(`${user.id} left${atOnce ? ' at once' : ''}`),
    },
    attendances: {
      begin: async (_roomId: string, userId: string) => void noted.push(`${userId} attends`),
      end: (_roomId: string, userId: string) => void noted.push(`${userId} departs`),
    } as never,
    checkRoom: (of) => void noted.push(`is ${of} where it was?`),
  };

  function tab(userId: string) {
    const followUps: Frame[] = [];
    const told: string[] = [];
    const listener = {
      id: `${userId} ${Math.random()}`,
      userId,
      identity: {user: {id: userId}},
      hasEnded: false,
      openedAt: performance.now(),
      log: silent,
      join: () => undefined,
      emit(event: string, payload: unknown) {
        if (event === 'room:log') followUps.push(payload as Frame);
        if (event === 'room:joined') told.push((payload as RoomState).room.id);
      },
    };
    const subscriptions = new Subscriptions(deps, listener as never);
    return {listener, followUps, told, subscriptions};
  }

  return {feeds, redis, page, log, member, joined, noted, tab};
}

test('takes a user for gone when the last tab has closed, not before', async () => {
  const {noted, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ada')];
  (await first.subscriptions.subscribe(roomId))();
  (await second.subscriptions.subscribe(roomId))();

  noted.length = 0;
  first.subscriptions.close();
  expect(noted).toEqual([]);
  second.subscriptions.close();

  expect(noted).toEqual(['ada left', 'ada departs']);
});

test('keeps a user present whose last tab closes while another one subscribes', async () => {
  const {redis, noted, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ada')];
  (await first.subscriptions.subscribe(roomId))();
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = second.subscriptions.subscribe(roomId);
  await new Promise(setImmediate);

  noted.length = 0;
  first.subscriptions.close();
  resolve();
  (await subscribing)();
  expect(noted).toEqual([]);
  second.subscriptions.close();

  expect(noted).toEqual(['ada left', 'ada departs']);
});

test('takes a user for gone whose last tab closes before another one, which never hears the room', async () => {
  const {feeds, redis, noted, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ada')];
  (await first.subscriptions.subscribe(roomId))();
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = second.subscriptions.subscribe(roomId);
  await new Promise(setImmediate);

  noted.length = 0;
  first.subscriptions.close();
  second.listener.hasEnded = true;
  resolve();
  const finish = await subscribing;

  expect(() => finish()).toThrow();
  expect(noted).toEqual(['ada left', 'ada departs']);
  expect(feeds.size).toBe(0);
});

test('lets what passes between reading a state and answering with it follow on it', async () => {
  const {feeds, redis, tab} = setUp();
  const connection = tab('ada');
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = connection.subscriptions.subscribe(roomId);
  await new Promise(setImmediate);

  feeds.receive({roomId, epoch: '1.1', after: 0, head: 2, entries: []});
  resolve();
  const {head} = (await subscribing)();

  expect(head).toBe(0);
  connection.subscriptions.sendFollowUps();
  expect(connection.followUps).toEqual([{roomId, epoch: '1.1', after: 0, head: 2, entries: []}]);
});

test('has Postgres asked where a room is that was read before it was hosted, and only then', async () => {
  const {noted, tab} = setUp();
  const [first, second, third] = [tab('ada'), tab('ada'), tab('ada')];
  const checks = () => noted.filter((each) => each.endsWith('?'));

  (await first.subscriptions.subscribe(roomId))();
  (await second.subscriptions.subscribeNext({limit: 10}, async () => undefined))();
  expect(checks()).toEqual([]);
  for (const {subscriptions} of [first, second]) subscriptions.close();
  (await third.subscriptions.subscribeNext({limit: 10}, async () => undefined))();

  expect(checks()).toEqual([`is ${roomId} where it was?`]);
});

test('refuses a subscription whose membership was read in a log that has been replaced since', async () => {
  const {feeds, redis, log, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ben')];
  (await first.subscriptions.subscribe(roomId))();
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = second.subscriptions.subscribe(roomId);
  await new Promise(setImmediate);

  log.epoch = '2.1';
  await feeds.get(roomId)!.repair();
  resolve();
  const finish = await subscribing;

  expect(() => finish()).toThrow(expect.objectContaining({code: 'unavailable'}));
  expect(feeds.get(roomId)!.hears('ben')).toBe(false);
});

function takeTheClock() {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'performance']});
  onTestFinished(() => void vi.useRealTimers());
}

test('tells nobody of a room who asks for all of them, before that is answered or after', async () => {
  takeTheClock();
  const {page, tab} = setUp();
  const connection = tab('ada');
  const {promise, resolve} = Promise.withResolvers<void>();
  page.read = promise;
  const asking = connection.subscriptions.subscribeNext({limit: 50, fromStart: true}, async () => undefined);

  void connection.subscriptions.subscribeUnasked(roomId);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.told).toEqual([]);

  resolve();
  (await asking)();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.subscriptions.rooms).toContain(roomId);
  expect(connection.told).toEqual([]);
});

test('gives up telling of a room where the client asks for its rooms meanwhile', async () => {
  takeTheClock();
  const {redis, tab} = setUp();
  const connection = tab('ada');
  await vi.advanceTimersByTimeAsync(soonMs);
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  void connection.subscriptions.subscribeUnasked(roomId);
  await vi.advanceTimersByTimeAsync(10);

  const asking = connection.subscriptions.subscribeNext({limit: 50, fromStart: true}, async () => undefined);
  resolve();
  const finish = await asking;
  await vi.advanceTimersByTimeAsync(10);
  expect(connection.told).toEqual([]);
  expect(finish().rooms).toHaveLength(1);
});

test('tells at once of a room that was joined since the connection is there', async () => {
  takeTheClock();
  const {member, tab} = setUp();
  const connection = tab('ada');
  await vi.advanceTimersByTimeAsync(10);
  member.ageMs = 5;

  void connection.subscriptions.subscribeUnasked(roomId);
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.told).toEqual([roomId]);
});

test('tells of a room whose signal came while a subscription was under way that then failed', async () => {
  takeTheClock();
  const {redis, member, tab} = setUp();
  const connection = tab('ada');
  await vi.advanceTimersByTimeAsync(10);
  member.ageMs = 5;
  const {promise, reject} = Promise.withResolvers<void>();
  redis.answer = promise;
  const joining = connection.subscriptions.subscribe(roomId);
  await vi.advanceTimersByTimeAsync(0);

  void connection.subscriptions.subscribeUnasked(roomId);
  await vi.advanceTimersByTimeAsync(0);
  reject(new ChatError('unavailable'));
  await expect(joining).rejects.toMatchObject({code: 'unavailable'});
  redis.answer = Promise.resolve();
  await vi.advanceTimersByTimeAsync(soonMs);

  expect(connection.told).toEqual([roomId]);
});

test('tells a connection that does not ask of a room', async () => {
  takeTheClock();
  const {tab} = setUp();
  const connection = tab('ada');

  void connection.subscriptions.subscribeUnasked(roomId);
  await vi.advanceTimersByTimeAsync(soonMs / 2);
  expect(connection.told).toEqual([]);

  await vi.advanceTimersByTimeAsync(soonMs);
  expect(connection.told).toEqual([roomId]);
});

test('gives all rooms that were joined elsewhere, however many', async () => {
  const {joined, tab} = setUp();
  joined.push('one', 'two', 'three');
  const {told, subscriptions} = tab('ada');

  await subscriptions.subscribeMissed(2);

  expect(told).toEqual(['one', 'two', 'three']);
});
