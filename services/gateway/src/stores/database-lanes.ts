/**
 * Bounds how many database connections the calls of one class use at once on this node.
 *
 * Calls that write to rooms wait for each other's locks, and hold a connection meanwhile. Without a bound a few hundred
 * of them leave no connection for the checks that every send needs.
 */
import type {Database} from '@madang/database/connections/pool';
import type {Context} from '../context.ts';
import type {Lane, LaneUser} from '../lanes/lane.ts';
import type {Lanes} from '../lanes/lanes.ts';
import type {OperationClass} from '../calls/rate-rules.ts';

/** The caller. A key, which calls for many users, has no `userId`. Queries with one `lock` run one after the other. */
export type DatabaseUser = LaneUser & {lock?: string | undefined};

export type DatabaseLane = {
  /**
   * The database, with queries that wait their turn. They throw `rate_limited` or `overloaded` instead of waiting long.
   */
  lend(db: Database, by: DatabaseUser): Database;
};

export type DatabaseLanes = Partial<Record<OperationClass, DatabaseLane>>;

export function createDatabaseLanes({database, lock}: Pick<Lanes, 'database' | 'lock'>): DatabaseLanes {
  const lanes = Object.entries(database).map(([name, lane]) => [name, createDatabaseLane(lane, lock)]);
  return Object.fromEntries(lanes) as DatabaseLanes;
}

function createDatabaseLane(lane: Lane, createLock: () => Lane): DatabaseLane {
  const locks = createKeyed(createLock);

  /** The wait for the lock counts, too: towards the time limit and for the user. */
  function inTurn<T>({lock, ...user}: DatabaseUser, work: () => Promise<T>): Promise<T> {
    const by = {...user, until: performance.now() + lane.withinMs};
    const pass = () => lane.inTurn(by, work);
    return lane.counted(by, () =>
      lock === undefined ? pass() : locks.use(lock, (kept) => kept.inTurn(by, pass)),
    );
  }

  return {
    lend: (db, by) => ({...db, query: (...call) => inTurn(by, () => db.query(...call))}),
  };
}

/** The lock that a call waits for in the database, if any: its room's, or the caller's own. */
export function databaseUserOf(ctx: Context, input: unknown): DatabaseUser {
  const {roomId} = (input ?? {}) as {roomId?: string};
  const {user} = ctx.caller ?? {};
  return {...laneUserOf(ctx), lock: roomId ?? (user?.kind === 'service' ? undefined : user?.id)};
}

export function laneUserOf({tenantId, address, caller}: Context): LaneUser {
  const userId = caller?.key ? undefined : caller?.user.id;
  return {tenant: caller?.tenantId ?? tenantId, address, userId};
}

/** Lanes by key; each exists as long as it is in use. */
function createKeyed(create: () => Lane) {
  const lanes = new Map<string, {lane: Lane; users: number}>();
  return {
    async use<T>(key: string, act: (lane: Lane) => Promise<T>): Promise<T> {
      const kept = lanes.get(key) ?? {lane: create(), users: 0};
      lanes.set(key, kept);
      kept.users += 1;
      try {
        return await act(kept.lane);
      } finally {
        kept.users -= 1;
        if (kept.users === 0) lanes.delete(key);
      }
    },
  };
}
