/**
 * Moves in one order, for what is derived from rooms' logs after the commit: each room that moved is passed to a job
 * once per batch, in that job's transaction.
 */
import type {Connection, Statement} from '../connections/connection.ts';
import type {Database} from '../connections/pool.ts';
import {toChatError} from '../connections/sqlstate.ts';

export type MovedRoom = {tenantId: string; roomId: string; head: number};

/** Runs a statement in the job's transaction. */
export type Run = <Row>(statement: Statement, values: readonly unknown[]) => Promise<Row[]>;

const numberStatement = {name: 'number_moves', text: 'select number_moves($1) as numbered'};

/** Numbers the moves of about `limit` transactions since the last call, and returns the number of rooms. */
export async function numberMoves(db: Database, {limit}: {limit: number}): Promise<number> {
  const [row] = await db.query<{numbered: number}>(numberStatement, [limit]);
  return row!.numbered;
}

const pruneStatement = {name: 'prune_numbered_moves', text: 'select prune_numbered_moves($1, $2) as pruned'};

/** Deletes numbered moves of that age, once every reader has processed them. */
export async function pruneNumberedMoves(
  db: Database,
  {keepMs, limit}: {keepMs: number; limit: number},
): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneStatement, [keepMs, limit]);
  return row!.pruned;
}

const addReader = {name: 'add_move_reader', text: 'select add_move_reader($1)'};
const begin = {name: '', text: 'begin'};
const commit = {name: '', text: 'commit'};
const rollback = {name: '', text: 'rollback'};
const setLease = {name: '', text: `select set_config('idle_in_transaction_session_timeout', $1, false)`};
// Takes no lock and no transaction id, so a reader that has nothing to do costs next to nothing.
const look = {
  name: 'look_for_numbered_moves',
  text: `
    select exists (
      select from numbered_moves where batch > (select batch from move_readers where name = $1)
    ) as "isBehind"`,
};
const lease = {
  name: 'lease_move_reader',
  text: 'select batch from move_readers where name = $1 for no key update skip locked',
};
const readOn = {
  name: 'read_numbered_moves',
  text: `
    with batches as (
      select distinct batch from numbered_moves where batch > $1 order by batch limit $2
    )
    select m.batch, m.tenant_id as "tenantId", moved.room_id as "roomId", moved.head
    from batches join numbered_moves m using (batch)
    cross join lateral unnest(m.room_ids, m.heads) as moved (room_id, head)
    order by m.batch`,
};
const moveOn = {name: 'move_reader_on', text: 'update move_readers set batch = $2 where name = $1'};

export type MoveReader = {
  /**
   * Passes the next rooms to `handle`, each once with its newest head, and returns their number; 0 if there are none,
   * or another process is running this. What `handle` runs commits with the position, so each room is processed once,
   * even if a process dies.
   */
  next(handle: (rooms: MovedRoom[], run: Run) => Promise<void>): Promise<number>;
  close(): Promise<void>;
};

/**
 * Reads for the job of that name, which starts with moves numbered from now on. The lease is a lock that lives as long
 * as the transaction: a process that is silent for `leaseMs` loses both.
 */
export function createMoveReader(
  db: Database,
  {
    name,
    batches = 20,
    leaseMs = 5_000,
    deadlineMs = 5_000,
  }: {
    name: string;
    batches?: number;
    leaseMs?: number;
    deadlineMs?: number;
  },
): MoveReader {
  let connection: Connection | undefined;

  async function open(): Promise<Connection> {
    connection = await db.connect({name: `reader ${name}`});
    await connection.query(setLease, [String(leaseMs)], deadlineMs);
    await connection.query(addReader, [name], deadlineMs);
    return connection;
  }

  return {
    async next(handle) {
      try {
        const {query} = connection?.isOpen ? connection : await open();
        const run: Run = (statement, values) => query(statement, values, deadlineMs);
        const [found] = await run<{isBehind: boolean}>(look, [name]);
        if (!found!.isBehind) return 0;
        await run(begin, []);
        const rooms = await takeNext(run, name, batches);
        if (rooms.length > 0) await handle(rooms, run);
        await run(rooms.length > 0 ? commit : rollback, []);
        return rooms.length;
      } catch (error) {
        // The server rolls back what was not committed.
        connection?.destroy();
        throw toChatError(error);
      }
    },
    async close() {
      await connection?.close();
    },
  };
}

async function takeNext(run: Run, name: string, batches: number): Promise<MovedRoom[]> {
  const [reader] = await run<{batch: number}>(lease, [name]);
  if (!reader) return [];
  const moves = await run<MovedRoom & {batch: number}>(readOn, [reader.batch, batches]);
  if (moves.length === 0) return [];
  await run(moveOn, [name, moves.at(-1)!.batch]);
  const rooms = new Map(moves.map(({tenantId, roomId, head}) => [roomId, {tenantId, roomId, head}]));
  return [...rooms.values()];
}
