/**
 * Bounds how many connections of the database the calls of one class use at once on this node.
 *
 * Calls that write to rooms wait for each other's locks and hold a connection meanwhile. Without a bound a few hundred
 * of them leave none for the checks that every send needs.
 */
import type {Database} from '@madang/database/connections/pool';
import {ChatError} from '@madang/protocol/errors';
import type {Context} from './context.ts';
import {createGate, type Gate} from './gate.ts';
import type {OperationClass} from './rate-rules.ts';

export type LaneOptions = {
  /** Connections in use at once. */
  running: number;
  /** Of one user, running and waiting: more than an honest client asks for in one step. */
  perUser: number;
  /** Of all. */
  waiting: number;
  /** How long a query waits for its turn. */
  withinMs: number;
};

/** Who asks; a service, which acts for many, has no `userId`. Queries with the same `lock` run one after the other. */
export type LaneUser = {address: string; userId?: string | undefined; lock?: string | undefined};

export type DatabaseLane = {
  /** The database, whose queries wait for their turn. They throw `rate_limited` or `overloaded` instead of waiting long. */
  lend(db: Database, by: LaneUser): Database;
};

const retryAfterMs = 1_000;
/** Where a lock is waited for, one connection waits for it at a time; the others wait here. */
const perLock = 1;

/** Of a pool of ten; a class that is not named has no bound of its own. */
const connections = {'log-writing': 2, search: 1, send: 2, heavy: 1, guest: 1} as const;

export type DatabaseLanes = Partial<Record<OperationClass, DatabaseLane>>;

/** `withinMs`: how long a query waits for its turn. */
export function createDatabaseLanes(withinMs: number): DatabaseLanes {
  const lanes = Object.entries(connections).map(([name, running]) => [
    name,
    createDatabaseLane({running, perUser: 128, waiting: 2_000, withinMs}),
  ]);
  return Object.fromEntries(lanes) as DatabaseLanes;
}

export function createDatabaseLane({running, perUser, waiting, withinMs}: LaneOptions): DatabaseLane {
  const all = createGate({running, waiting});
  const locks = createKeyed(() => createGate({running: perLock, waiting}));
  const users = new Map<string, number>();

  async function inTurn<T>({address, userId, lock}: LaneUser, work: () => Promise<T>): Promise<T> {
    const until = performance.now() + withinMs;
    const run = () =>
      all.pass(address, () => {
        if (performance.now() > until) throw new ChatError('overloaded', {retryAfterMs});
        return work();
      });
    const leave = enter(userId);
    try {
      return await (lock === undefined ? run() : locks.use(lock, (gate) => gate.pass(address, run)));
    } finally {
      leave();
    }
  }

  function enter(userId = ''): () => void {
    const before = users.get(userId) ?? 0;
    if (userId !== '' && before >= perUser) throw new ChatError('rate_limited', {retryAfterMs});
    users.set(userId, before + 1);
    return () => {
      const left = (users.get(userId) ?? 1) - 1;
      if (left > 0) users.set(userId, left);
      else users.delete(userId);
    };
  }

  return {
    lend: (db, by) => ({...db, query: (...call) => inTurn(by, () => db.query(...call))}),
  };
}

/** The lock that a call waits for in the database, if any: its room's, or its caller's own. */
export function laneUserOf({address, caller}: Context, input: unknown): LaneUser {
  const {roomId} = (input ?? {}) as {roomId?: string};
  const userId = caller?.user.kind === 'service' ? undefined : caller?.user.id;
  return {address, userId, lock: roomId ?? userId};
}

/** Gates by key, each for as long as somebody uses it. */
function createKeyed(create: () => Gate) {
  const gates = new Map<string, {gate: Gate; users: number}>();
  return {
    async use<T>(key: string, act: (gate: Gate) => Promise<T>): Promise<T> {
      const kept = gates.get(key) ?? {gate: create(), users: 0};
      gates.set(key, kept);
      kept.users += 1;
      try {
        return await act(kept.gate);
      } finally {
        kept.users -= 1;
        if (kept.users === 0) gates.delete(key);
      }
    },
  };
}
