import type {Connection} from '../connections/connection.ts';
import type {Database} from '../connections/pool.ts';
import {toChatError} from '../connections/sqlstate.ts';
import {readMoves, type Moves} from './moves.ts';

/** Says "look again", never what to do: reading it twice, or late, does no harm. */
export type Signal = {
  kind: 'user' | 'session' | 'joined' | 'notified' | 'tenant';
  userId?: string;
  /** For `notified`: all users with new positions in their inboxes. */
  userIds?: string[];
  sessionHash?: string;
  /** For `session`: the key that opened the connections, or whose tickets began the sessions. */
  keyId?: string;
  roomId?: string;
  /** For `tenant`: the tenant whose policy has changed. */
  tenantId?: string;
};

export type RoomPosition = {roomId: string; epoch: string; head: number};

export type PulseAnswer = {
  /** The signals committed since the last answer. Empty if fresh. */
  signals: Signal[];
  /** The heads to which rooms' logs have moved since the last answer. Empty if fresh. */
  moves: Moves;
  /** The positions of the queried rooms that differ; epoch '' and head 0 mean that the room no longer exists. */
  moved: RoomPosition[];
  /** This answer is not contiguous with the previous one: re-check every session and room. */
  fresh: boolean;
  /** performance.now() when the question was sent: the answer contains everything committed before. */
  sentAt: number;
};

export type Pulse = {
  /**
   * Asks once; one question at a time. `rooms` are the positions in doubt. Throws `unavailable` if overdue; the next
   * question then uses a new connection and covers the gap.
   */
  ask(rooms: readonly RoomPosition[]): Promise<PulseAnswer>;
  close(): Promise<void>;
};

/** Beyond this many rows, checking every session and room costs less; an answer must also meet its deadline. */
const rowsAtMost = 20_000;

/**
 * One statement, so that signals, moves, rooms and the snapshot belong together. Ids and transactions commit out of
 * order, so snapshots decide what is new: rows that this snapshot sees and the last answer's did not. Those belong to
 * transactions that began after that answer, or were open then. So nothing is missed however late it commits, nothing
 * comes twice, and a transaction that stays open, here or in another database, costs one index look-up.
 *
 * The last snapshot is useless if it comes from another server or from before a restore, or if rows that it did not see
 * may have been pruned: then the answer is fresh. The database decides that in the same snapshot, without a clock.
 */
const question = {
  name: 'pulse',
  text: `
    with renewed as (
      insert into nodes (id, lease_until) values ($1, clock_ms() + $2 * interval '1 millisecond')
      on conflict (id) do update set lease_until = excluded.lease_until
    ), server as (
      select incarnation || '@' || extract(epoch from pg_postmaster_start_time()) as id from cluster
    ), last as materialized (
      select case when $4 = server.id
        and pg_snapshot_xmin($3::pg_snapshot) >= coalesce((select min(xact) from move_marks), '0')
        then $3::pg_snapshot end as snapshot
      from server
    )
    select
      pg_current_snapshot()::text as snapshot,
      server.id as server,
      (select snapshot is null from last) as fresh,
      (
        select json_agg(json_strip_nulls(json_build_object('kind', s.kind, 'userId', s.user_id, 'userIds', s.user_ids,
          'sessionHash', s.session_hash, 'keyId', s.key_id, 'roomId', s.room_id, 'tenantId', s.tenant_id)) order by s.id)
        from (
          select * from signals
          where xact >= pg_snapshot_xmax((select snapshot from last))
            or xact = any (array(select pg_snapshot_xip((select snapshot from last))))
          limit ${rowsAtMost + 1}
        ) s
      ) as signals,
      m.count as "moveCount",
      m.rooms as moves,
      (
        select json_agg(json_build_object('roomId', asked.room_id,
          'epoch', coalesce(wire_epoch(r.epoch), ''), 'head', coalesce(r.head, 0)))
        from unnest($5::uuid[], $6::text[], $7::bigint[]) as asked (room_id, epoch, head)
        left join rooms r on r.id = asked.room_id
        where r.id is null or r.head <> asked.head or wire_epoch(r.epoch) <> asked.epoch
      ) as moved
    from server, (
      select count(*)::int as count, encode(string_agg(rooms, ''), 'base64') as rooms
      from (
        select rooms from moves
        where xact >= pg_snapshot_xmax((select snapshot from last))
          or xact = any (array(select pg_snapshot_xip((select snapshot from last))))
        limit ${rowsAtMost + 1}
      ) new
    ) m`,
};

/**
 * The planner cannot know how new a snapshot is, and estimates that a third of all rows are newer. It would plan each
 * call, since the generic plan looks expensive, and planning takes longer than the rest.
 */
const byIndex = {name: '', text: 'set enable_seqscan = off; set plan_cache_mode = force_generic_plan'};

type Row = {
  snapshot: string;
  server: string;
  fresh: boolean;
  signals: Signal[] | null;
  moveCount: number;
  moves: string | null;
  moved: RoomPosition[] | null;
};

/**
 * A node's question to Postgres, which also renews the node's lease. It has a separate connection, so that nothing can
 * delay it. `nodeId` must be new with every start of a process: a lease covers what its holder once wrote.
 */
export function createPulse(
  db: Database,
  {nodeId, leaseMs, deadlineMs = 900}: {nodeId: string; leaseMs: number; deadlineMs?: number},
): Pulse {
  let connection: Connection | undefined;
  // From the last answer. They outlive a connection: an overdue one must not make the next question a large one.
  let snapshot: string | undefined;
  let server: string | undefined;

  async function reconnect(): Promise<Connection> {
    // Losing a lease in a crash is harmless, and a pulse must not wait for a missing standby.
    connection = await db.connect({name: 'pulse', synchronousCommit: 'off'});
    await connection.query(byIndex, [], deadlineMs);
    return connection;
  }

  return {
    async ask(rooms) {
      const started = performance.now();
      try {
        const open = connection?.isOpen ? connection : await reconnect();
        const sentAt = performance.now();
        const values = [
          nodeId,
          leaseMs,
          snapshot,
          server,
          rooms.map(({roomId}) => roomId),
          rooms.map(({epoch}) => epoch),
          rooms.map(({head}) => head),
        ];
        const [row] = await open.query<Row>(question, values, deadlineMs - (sentAt - started));
        ({snapshot, server} = row!);
        return {...newsOf(row!), moved: row!.moved ?? [], sentAt};
      } catch (error) {
        connection?.destroy();
        throw toChatError(error);
      }
    },
    async close() {
      await connection?.close();
    },
  };
}

function newsOf({fresh, signals, moves, moveCount}: Row): Pick<PulseAnswer, 'fresh' | 'signals' | 'moves'> {
  const isTooMuch = moveCount > rowsAtMost || (signals?.length ?? 0) > rowsAtMost;
  if (fresh || isTooMuch) return {fresh: true, signals: [], moves: new Map()};
  return {fresh: false, signals: signals ?? [], moves: readMoves(moves ?? '')};
}

const endLease = {
  name: 'leave_cluster',
  text: 'update nodes set lease_until = least(lease_until, clock_ms()) where id = $1',
};

/** Gives up the node's lease, so that nobody waits for it to expire. Do not ask a pulse afterwards. */
export async function leaveCluster(db: Database, {nodeId}: {nodeId: string}): Promise<void> {
  await db.query(endLease, [nodeId]);
}
