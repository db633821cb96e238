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
type DatabaseUser = LaneUser & {lock?: string | undefined};

export type DatabaseLane = {
  /**
   * The database for one call, with queries that wait their turn. They throw `rate_limited` or `overloaded` instead of
   * waiting long.
   */
  lend(db: Database, ctx: Context, input: unknown): Database;
};

export type DatabaseLanes = Partial<Record<OperationClass, DatabaseLane>>;

export function createDatabaseLanes({
  database,
  lock,
  sessionStart,
}: Pick<Lanes, 'database' | 'lock' | 'sessionStart'>): DatabaseLanes {
  const lanes = Object.entries(database).map(([name, lane]) => [name, createDatabaseLane(lane, lock)]);
  return {...Object.fromEntries(lanes), 'session-start': createStartLane(sessionStart)};
}

/**
 * Far above Postgres's own time-out for statements, which leaves the connection as it is. An overdue connection is
 * destroyed, and the first statements of the next one take the longest.
 */
const startDeadlineMs = 3_000;

/**
 * Its calls take no locks, and are read in several queries: only the first one waits for its turn among all callers, the
 * others come before the calls that have not begun. Otherwise a crowd would have its first queries answered and no time
 * left for the rest.
 */
function createStartLane(lane: Lane): DatabaseLane {
  return {
    lend(db, ctx) {
      const by = {...laneUserOf(ctx), isGone: () => ctx.connection?.hasEnded === true};
      let goesOn = false;
      return {
        ...db,
        query: (statement, values) =>
          lane.run({...by, goesOn}, () => {
            goesOn = true;
            return db.query(statement, values, {deadlineMs: startDeadlineMs});
          }),
      };
    },
  };
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
    lend(db, ctx, input) {
      const by = databaseUserOf(ctx, input);
      return {...db, query: (...call) => inTurn(by, () => db.query(...call))};
    },
  };
}

/** The lock that a call waits for in the database, if any: its room's, or the caller's own. */
function databaseUserOf(ctx: Context, input: unknown): DatabaseUser {
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
