import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import type {Connections} from '../delivery/connections.ts';
import type {ChatConnection} from './connection.ts';
import {drainConnections} from './drain.ts';

vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}));

const limitMs = 10_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Connections that say when they were closed; some have a call under way for the given time. */
function setUp(calls: number[]) {
  const startedAt = performance.now();
  const closed = new Map<number, number>();
  const all = new Set(
    calls.map((callMs, no) => {
      const end = () => {
        all.delete(connection);
        closed.set(no, performance.now() - startedAt);
      };
      const connection = {
        get running() {
          return performance.now() - startedAt < callMs ? 1 : 0;
        },
        announceEnding: vi.fn<() => void>(),
        closeTransport: end,
        terminate: end,
      };
      return connection;
    }),
  );
  const connections = {
    all: () => all,
    get size() {
      return all.size;
    },
  } as unknown as Connections<ChatConnection>;
  return {connections, closed};
}

test('spreads the closing, so that a node full of clients does not send them all at once', async () => {
  const {connections, closed} = setUp(Array<number>(1_000).fill(0));

  const drained = drainConnections(connections, limitMs);
  await vi.advanceTimersByTimeAsync(limitMs);
  await drained;

  const times = [...closed.values()];
  expect(times.filter((ms) => ms < 1_000).length).toBeLessThan(600);
  expect(Math.max(...times)).toBeLessThan(3_000);
});

test('closes nobody whose call will be answered in time, and waits for no call that is not', async () => {
  const {connections, closed} = setUp([800, 0, Infinity]);

  const drained = drainConnections(connections, limitMs);
  await vi.advanceTimersByTimeAsync(limitMs);
  await drained;

  expect(closed.get(0)).toBeGreaterThanOrEqual(800);
  expect(closed.get(1)).toBeLessThan(200);
  expect(closed.get(2)).toBeLessThan(limitMs / 2);
});
