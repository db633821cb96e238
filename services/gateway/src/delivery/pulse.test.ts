import type {PulseAnswer, Signal} from '@madang/database/delivery/pulse';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createGatewayMetrics} from '../metrics.ts';
import type {Feeds} from './feeds.ts';
import {NodePulse} from './pulse.ts';

const everyMs = 1_000;
const maxAgeMs = 2_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A pulse over a Postgres that answers what the test says, and rooms that count how they are read. */
function setUp({rooms = 0} = {}) {
  const postgres = {answers: [] as Partial<PulseAnswer>[], asked: 0, isAway: false};
  const acted: string[] = [];
  const state = {canAct: true, reading: 0, mostReading: 0, read: 0};
  const feeds = new Map(
    Array.from({length: rooms}, (_, no) => {
      const roomId = `room ${no}`;
      const repair = async () => {
        state.reading += 1;
        state.mostReading = Math.max(state.mostReading, state.reading);
        await new Promise((resolve) => setTimeout(resolve, 1));
        state.reading -= 1;
        state.read += 1;
      };
      return [roomId, {roomId, epoch: '1.1', position: 0, isOpen: true, repair, resume: () => undefined}];
    }),
  );
  const act = async (what: string) => {
    if (!state.canAct) throw new Error('no connection is free');
    acted.push(what);
  };
  const pulse = new NodePulse({
    pulse: {
      async ask() {
        postgres.asked += 1;
        if (postgres.isAway) throw new Error('Postgres is away');
        const answer = postgres.answers.shift();
        return {signals: [], moved: [], fresh: false, sentAt: performance.now(), ...answer};
      },
      close: async () => undefined,
    },
    everyMs,
    maxAgeMs,
    metrics: createGatewayMetrics(createMetrics(), 'test'),
    log: createLogger({name: 'test', level: 'silent'}),
  });
  const start = () =>
    pulse.start({
      feeds: {all: () => feeds.values(), get: (roomId: string) => feeds.get(roomId)} as unknown as Feeds,
      onSignals: (signals) => act(signals.map(({userId}) => userId).join(' ')),
      onLostTrack: () => act('everyone'),
      onLostEnd: async () => undefined,
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
  const moved = Array.from({length: 500}, (_, no) => ({roomId: `room ${no}`, epoch: '1.1', head: 1}));
  postgres.answers = [{moved}];

  await start();
  await vi.advanceTimersByTimeAsync(everyMs / 2);

  expect(state.read).toBe(500);
  expect(state.mostReading).toBeLessThanOrEqual(5);
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
