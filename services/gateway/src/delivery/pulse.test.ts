import type {PulseAnswer, Signal} from '@madang/database/delivery/pulse';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createGatewayMetrics} from '../metrics.ts';
import type {Feeds} from './feeds.ts';
import {LaggingRooms} from './lagging-rooms.ts';
import {NodePulse} from './pulse.ts';

const log = createLogger({name: 'test', level: 'silent'});
const everyMs = 1_000;
const maxAgeMs = 2_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A pulse over a Postgres that gives the test's answers, and rooms that count their reads. */
function setUp({rooms = 0} = {}) {
  const postgres = {
    answers: [] as Partial<PulseAnswer>[],
    asked: 0,
    positions: [] as number[],
    isAway: false,
  };
  const acted: string[] = [];
  const state = {canAct: true, reading: 0, mostReading: 0, read: 0, canRead: true};
  const feeds = new Map(
    Array.from({length: rooms}, (_, no) => {
      const roomId = `room ${no}`;
      const reach = async () => {
        state.reading += 1;
        state.mostReading = Math.max(state.mostReading, state.reading);
        await new Promise((resolve) => setTimeout(resolve, 1));
        state.reading -= 1;
        if (!state.canRead) throw new Error('no connection is free');
        state.read += 1;
      };
      return [roomId, {roomId, epoch: '1.1', position: 0, isOpen: true, reach, resume: () => undefined}];
    }),
  );
  const hosted = {
    all: () => feeds.values(),
    get: (roomId: string) => feeds.get(roomId),
  } as unknown as Feeds;
  const act = async (what: string) => {
    if (!state.canAct) throw new Error('no connection is free');
    acted.push(what);
  };
  const pulse = new NodePulse({
    pulse: {
      async ask(positions) {
        postgres.asked += 1;
        postgres.positions.push(positions.length);
        if (postgres.isAway) throw new Error('Postgres is away');
        const answer = postgres.answers.shift();
        return {signals: [], moves: new Map(), moved: [], fresh: false, sentAt: performance.now(), ...answer};
      },
      close: async () => undefined,
    },
    everyMs,
    maxAgeMs,
    metrics: createGatewayMetrics(createMetrics(), 'test'),
    log,
  });
  const start = () =>
    pulse.start({
      feeds: hosted,
      lagging: new LaggingRooms({feeds: hosted, onLostEnd: async () => undefined, log}),
      onSignals: (signals) => act(signals.map(({userId}) => userId).join(' ')),
      onLostTrack: () => act('everyone'),
      onFresh: () => undefined,
      onCaughtUp: () => undefined,
    });
  return {pulse, start, postgres, acted, state};
}

const about = (userId: string): Signal => ({kind: 'user', userId});

test('acts again on signals that it could not act upon, and is not fresh before it has', async () => {
  const {pulse, start, postgres, acted, state} = setUp();
  postgres.answers = [{signals: []}, {signals: [about('ada')]}, {signals: [about('ben')]}];
  await start();
  acted.length = 0;

  state.canAct = false;
  await vi.advanceTimersByTimeAsync(3 * everyMs);
  expect(pulse.isFresh()).toBe(false);
  state.canAct = true;
  await vi.advanceTimersByTimeAsync(2 * everyMs);

  expect(acted).toEqual(['ada ben', '']);
  expect(pulse.isFresh()).toBe(true);
  await pulse.stop();
});

test('looks at everyone again after it has lost track, until that succeeds', async () => {
  const {pulse, start, postgres, acted, state} = setUp();
  postgres.answers = [{fresh: true}, {signals: [about('ada')]}];
  state.canAct = false;
  await start();
  expect(pulse.isFresh()).toBe(false);

  state.canAct = true;
  await vi.advanceTimersByTimeAsync(2 * everyMs);

  expect(acted).toEqual(['everyone', '']);
  await pulse.stop();
});

test('starts nothing once its last answer is too old, and all that waits when it is fresh again', async () => {
  const {pulse, start, postgres} = setUp();
  await start();
  postgres.isAway = true;
  await vi.advanceTimersByTimeAsync(maxAgeMs + 1);
  const [early, late] = [pulse.ready(performance.now() + 100), pulse.ready(performance.now() + 5_000)];
  const refused = expect(early).rejects.toMatchObject({code: 'unavailable'});

  await vi.advanceTimersByTimeAsync(100);
  await refused;
  postgres.isAway = false;
  await vi.advanceTimersByTimeAsync(everyMs);

  await late;
  await pulse.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('asks at once when told to, and once more when a question was on its way', async () => {
  const {pulse, start, postgres} = setUp();
  await start();

  pulse.now();
  pulse.now();
  pulse.now();
  await vi.advanceTimersByTimeAsync(everyMs / 2);

  expect(postgres.asked).toBe(3);
  await pulse.stop();
});

test('reads a few rooms at a time when many have moved', async () => {
  const {pulse, start, postgres, state} = setUp({rooms: 500});
  const moves = new Map(Array.from({length: 500}, (_, no) => [`room ${no}`, 1]));
  postgres.answers = [{moves}];

  await start();
  await vi.advanceTimersByTimeAsync(everyMs / 2);

  expect(state.read).toBe(500);
  expect(state.mostReading).toBeLessThanOrEqual(5);
  await pulse.stop();
});

test('asks about no room while its answers connect, and about all of them, in parts, once they do not', async () => {
  const {pulse, start, postgres} = setUp({rooms: 5_000});
  postgres.answers = [{}, {}, {fresh: true}];

  await start();
  await vi.advanceTimersByTimeAsync(3 * everyMs);
  await pulse.stop();

  expect(postgres.positions.slice(0, 6)).toEqual([0, 0, 0, 2_000, 2_000, 1_000]);
  expect(postgres.positions.slice(6).filter((positions) => positions > 0)).toEqual([]);
});

test('has not caught up before it has asked about every room that it may have missed', async () => {
  const {pulse, start, postgres} = setUp({rooms: 5_000});
  await start();
  expect(pulse.isCaughtUp()).toBe(true);
  postgres.isAway = true;
  await vi.advanceTimersByTimeAsync(3 * everyMs);
  postgres.isAway = false;
  postgres.answers = [{fresh: true}];

  await vi.waitFor(() => expect(pulse.isFresh()).toBe(true), {interval: 10, timeout: 5_000});
  expect(pulse.isCaughtUp()).toBe(false);
  await vi.waitFor(() => expect(pulse.isCaughtUp()).toBe(true), {interval: 10, timeout: 5_000});

  expect(postgres.positions.reduce((sum, positions) => sum + positions)).toBe(5_000);
  await pulse.stop();
});

test('has not caught up while a room that moved meanwhile could not be read', async () => {
  const {pulse, start, postgres, state} = setUp({rooms: 2});
  await start();
  postgres.isAway = true;
  await vi.advanceTimersByTimeAsync(3 * everyMs);
  postgres.isAway = false;
  state.canRead = false;
  const moved = [{roomId: 'room 0', epoch: '1.1', head: 1}];
  postgres.answers = [{moves: new Map([['room 0', 1]])}, {moved}, {moved}, {}];

  await vi.advanceTimersByTimeAsync(3 * everyMs);
  expect([pulse.isFresh(), pulse.isCaughtUp()]).toEqual([true, false]);
  state.canRead = true;
  await vi.advanceTimersByTimeAsync(2 * everyMs);

  expect(pulse.isCaughtUp()).toBe(true);
  await pulse.stop();
});

test('asks again about the rooms of a question that was not answered', async () => {
  const {pulse, start, postgres} = setUp({rooms: 3});
  await start();
  postgres.isAway = true;
  pulse.check('room 1');
  await vi.advanceTimersByTimeAsync(everyMs / 2);
  postgres.isAway = false;
  await vi.advanceTimersByTimeAsync(2 * everyMs);

  expect(postgres.positions).toEqual([0, 1, 1, 0]);
  await pulse.stop();
});

test('asks nothing any more after it was stopped, since that would renew the lease', async () => {
  const {pulse, start, postgres} = setUp();
  await start();
  await pulse.stop();

  pulse.now();
  await vi.advanceTimersByTimeAsync(2 * everyMs);

  expect(postgres.asked).toBe(1);
});
