import type {Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {expect, onTestFinished, test, vi} from 'vitest';
import {createGatewayMetrics} from '../metrics.ts';
import {Feeds} from './feeds.ts';
import {soonMs, Subscriptions, type Subscriber} from './subscriptions.ts';

const roomId = 'room';
const silent = createLogger({name: 'test', level: 'silent'});

/** Subscriptions over fakes: everyone is a member since rev 1, and Redis answers when the test says so. */
function setUp() {
  const redis = {answer: Promise.resolve()};
  const log = {epoch: '1.1'};
  const member = {ageMs: 1e9};
  const noted: string[] = [];
  const state = {
    room: {id: roomId, ephemeral: true},
    membership: {role: 'member', joinedAt: 1, readSeq: 0},
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
    pulseNow: () => undefined,
    readMemberships: async () => undefined,
    onEphemeral: () => undefined,
    metrics: createGatewayMetrics(createMetrics(), 'test'),
    log: silent,
  });
  const subscriptions = new Subscriptions({
    db: {query: async () => [{state, ...member}]} as never,
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
    pulseNow: () => undefined,
  });

  function tab(userId: string): Subscriber {
    const connection = {
      id: `${userId} ${Math.random()}`,
      userId,
      identity: {user: {id: userId}},
      rooms: new Set<string>(),
      subscribing: new Set<string>(),
      hasEnded: false,
      hear: (id: string) => void connection.rooms.add(id),
      owed: [] as Frame[],
      owe: (frames: Frame[]) => void connection.owed.push(...frames),
      told: [] as string[],
      joined: (joined: RoomState) => void connection.told.push(joined.room.id),
      hasAllRooms: false,
      openedAt: performance.now(),
      asksUntil: performance.now() + soonMs,
      log: silent,
    };
    return connection as never;
  }

  return {subscriptions, feeds, redis, log, member, noted, tab};
}

test('takes a user for gone when the last tab has closed, not before', async () => {
  const {subscriptions, noted, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ada')];
  (await subscriptions.subscribe(first, roomId))();
  (await subscriptions.subscribe(second, roomId))();

  noted.length = 0;
  subscriptions.closed(first);
  expect(noted).toEqual([]);
  subscriptions.closed(second);

  expect(noted).toEqual(['ada left', 'ada departs']);
});

test('keeps a user present whose last tab closes while another one subscribes', async () => {
  const {subscriptions, redis, noted, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ada')];
  (await subscriptions.subscribe(first, roomId))();
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = subscriptions.subscribe(second, roomId);
  await new Promise(setImmediate);

  noted.length = 0;
  subscriptions.closed(first);
  resolve();
  (await subscribing)();
  expect(noted).toEqual([]);
  subscriptions.closed(second);

  expect(noted).toEqual(['ada left', 'ada departs']);
});

test('takes a user for gone whose last tab closes before another one, which never hears the room', async () => {
  const {subscriptions, feeds, redis, noted, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ada')];
  (await subscriptions.subscribe(first, roomId))();
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = subscriptions.subscribe(second, roomId);
  await new Promise(setImmediate);

  noted.length = 0;
  subscriptions.closed(first);
  Object.assign(second, {hasEnded: true});
  resolve();
  const finish = await subscribing;

  expect(() => finish()).toThrow();
  expect(noted).toEqual(['ada left', 'ada departs']);
  expect(feeds.size).toBe(0);
});

test('lets what passes between reading a state and answering with it follow on it', async () => {
  const {subscriptions, feeds, redis, tab} = setUp();
  const connection = tab('ada') as Subscriber & {owed: Frame[]};
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = subscriptions.subscribe(connection, roomId);
  await new Promise(setImmediate);

  feeds.receive({roomId, epoch: '1.1', after: 0, head: 2, entries: []});
  resolve();
  const {head} = (await subscribing)();

  expect(head).toBe(0);
  expect(connection.owed).toEqual([{roomId, epoch: '1.1', after: 0, head: 2, entries: []}]);
});

test('refuses a subscription whose membership was read in a log that has been replaced since', async () => {
  const {subscriptions, feeds, redis, log, tab} = setUp();
  const [first, second] = [tab('ada'), tab('ben')];
  (await subscriptions.subscribe(first, roomId))();
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  const subscribing = subscriptions.subscribe(second, roomId);
  await new Promise(setImmediate);

  log.epoch = '2.1';
  await feeds.get(roomId)!.repair();
  resolve();
  const finish = await subscribing;

  expect(() => finish()).toThrow(expect.objectContaining({code: 'unavailable'}));
  expect(feeds.get(roomId)!.hears('ben')).toBe(false);
});

type Told = Subscriber & {told: string[]};

function takeTheClock() {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'performance']});
  onTestFinished(() => void vi.useRealTimers());
}

test('tells nobody of a room who asks for all of them, before that is answered or after', async () => {
  takeTheClock();
  const {subscriptions, tab} = setUp();
  const connection = tab('ada') as Told;
  const {promise: read, resolve} = Promise.withResolvers<void>();
  const asking = subscriptions.subscribeNext(connection, {limit: 50, anew: true}, () => read);
  await new Promise(setImmediate);
  // As it is for a room that the page leaves to a later one.
  connection.subscribing.clear();

  void subscriptions.letIn(connection, roomId);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.told).toEqual([]);

  resolve();
  (await asking)();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.rooms).toContain(roomId);
  expect(connection.told).toEqual([]);
});

test('gives up telling of a room where the client asks for its rooms meanwhile', async () => {
  takeTheClock();
  const {subscriptions, redis, tab} = setUp();
  const connection = tab('ada') as Told;
  await vi.advanceTimersByTimeAsync(soonMs);
  const {promise, resolve} = Promise.withResolvers<void>();
  redis.answer = promise;
  void subscriptions.letIn(connection, roomId);
  await vi.advanceTimersByTimeAsync(10);

  const asking = subscriptions.subscribeNext(connection, {limit: 50, anew: true}, async () => undefined);
  resolve();
  const finish = await asking;
  await vi.advanceTimersByTimeAsync(10);
  expect(connection.told).toEqual([]);
  expect(finish().rooms).toHaveLength(1);
});

test('tells at once of a room that was joined since the connection is there', async () => {
  takeTheClock();
  const {subscriptions, member, tab} = setUp();
  const connection = tab('ada') as Told;
  await vi.advanceTimersByTimeAsync(10);
  member.ageMs = 5;

  void subscriptions.letIn(connection, roomId);
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.told).toEqual([roomId]);
});

test('tells of a room whoever does not ask', async () => {
  takeTheClock();
  const {subscriptions, tab} = setUp();
  const connection = tab('ada') as Told;

  void subscriptions.letIn(connection, roomId);
  await vi.advanceTimersByTimeAsync(soonMs / 2);
  expect(connection.told).toEqual([]);

  await vi.advanceTimersByTimeAsync(soonMs);
  expect(connection.told).toEqual([roomId]);
});
