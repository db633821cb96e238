import type {Connection} from '../connections/connection.ts';
import type {Database} from '../connections/pool.ts';
import {toChatError} from '../connections/sqlstate.ts';
import {readMoves, type Moves} from './moves.ts';

/** Says "look again", never what to do: reading it twice, or late, does no harm. */
export type Signal = {
  kind: 'user' | 'session' | 'joined' | 'notified' | 'tenant';
  userId?: string;
  /** Of `notified`: all whose inboxes have moved. */
  userIds?: string[];
  sessionHash?: string;
  /** Of `session`: what was opened by this key, and the sessions that its tickets began. */
  keyId?: string;
  roomId?: string;
  /** Of `tenant`: whose policy has changed. */
  tenantId?: string;
};

export type RoomPosition = {roomId: string; epoch: string; head: number};

export type PulseAnswer = {
  /** Those committed since the last answer. Empty when fresh. */
  signals: Signal[];
  /** What any room's log was moved to since the last answer. Empty when fresh. */
  moves: Moves;
  /** The positions of the rooms asked about that differ; epoch '' and head 0 mean that the room no longer exists. */
  moved: RoomPosition[];
  /** This answer does not continue the one before: re-check every session and room. */
  fresh: boolean;
  /** performance.now() when the question was sent: the answer contains all that was committed before. */
  sentAt: number;
};

export type Pulse = {
  /**
   * Asks once; one question at a time. `rooms`: those whose positions are in doubt. Throws `unavailable` when overdue; the
   * next question uses a new connection and covers the gap.
   */
  ask(rooms: readonly RoomPosition[]): Promise<PulseAnswer>;
  close(): Promise<void>;
};

/** Beyond so many rows it costs less to look at every session and room; an answer must also fit into its deadline. */
const rowsAtMost = 20_000;

/**
 * One statement, so that signals, moves, rooms and the snapshot belong together. Ids and transactions commit out of order,
 * so snapshots decide what is new: what this one sees and the last answer's did not. Those are the rows of transactions that
 * began after it, or were open then. So nothing is missed however late it commits, nothing comes twice,
 * and a transaction that stays open, here or in another database, costs one look at the index.
 *
 * The last snapshot is useless if it comes from another server or from before a restore, or if rows that it did not see may
 * have been pruned: then the answer is fresh. The database decides that in the same snapshot, without a clock.
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
 * The planner cannot know how new a snapshot is, and takes a third of all rows to be newer. It would plan each call, since
 * the generic plan looks expensive, and planning takes longer than all the rest.
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
 * A node's question to Postgres, on a connection of its own so that nothing can delay it, which also renews the
 * node's lease. `nodeId` must be new with every start of a process: a lease covers what its holder once wrote.
 */
export function createPulse(
  db: Database,
  {nodeId, leaseMs, deadlineMs = 900}: {nodeId: string; leaseMs: number; deadlineMs?: number},
): Pulse {
  let connection: Connection | undefined;
  // Of the last answer. They outlive a connection: one that was overdue must not make the next question a large one.
  let snapshot: string | undefined;
  let server: string | undefined;

  async function reconnect(): Promise<Connection> {
    // A lease that a crash forgets harms nobody, and a pulse must not wait for a standby that is missing.
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
