import type {Connection} from '../connections/connection.ts';
import type {Database} from '../connections/pool.ts';
import {toChatError} from '../connections/sqlstate.ts';

/** "Look again": never what to do, so that reading one twice, or late, does no harm. */
export type Signal = {
  kind: 'user' | 'session' | 'joined' | 'notified';
  userId?: string;
  /** Of `notified`: all whose inboxes have moved. */
  userIds?: string[];
  sessionHash?: string;
  roomId?: string;
};

export type RoomPosition = {roomId: string; epoch: string; head: number};

export type PulseAnswer = {
  /** Those committed since the last answer. Empty when fresh. */
  signals: Signal[];
  /** Where those of the rooms asked about are that are elsewhere; epoch '' and head 0: the room is no more. */
  moved: RoomPosition[];
  /** Nothing connects this answer with the one before: re-check every session and room. */
  fresh: boolean;
  /** performance.now() when the question was sent: all that was committed before is in the answer. */
  sentAt: number;
};

export type Pulse = {
  /** Asks once; one question at a time. Throws `unavailable` when overdue; the next one uses a new connection. */
  ask(rooms: readonly RoomPosition[]): Promise<PulseAnswer>;
  close(): Promise<void>;
};

// Signals are kept for an hour at least (see pruneSignals), so after half an hour none was missed yet.
const watermarkKeptMs = 30 * 60_000;

/**
 * One statement, so that signals, rooms and watermark belong to one snapshot. Ids and transactions commit out of
 * order: every transaction below the watermark (pg_snapshot_xmin) had ended when the snapshot was taken, whatever is
 * above is read again next time, minus what is known. A writing transaction that stays open, here or in another
 * database, only makes the part that is read again longer.
 */
const question = {
  name: 'pulse',
  text: `
    with renewed as (
      insert into nodes (id, lease_until) values ($1, clock_ms() + $2 * interval '1 millisecond')
      on conflict (id) do update set lease_until = excluded.lease_until
    )
    select
      pg_snapshot_xmin(pg_current_snapshot())::text as watermark,
      (
        select coalesce(json_agg(json_strip_nulls(json_build_object('id', s.id, 'kind', s.kind, 'userId', s.user_id,
          'userIds', s.user_ids, 'sessionHash', s.session_hash, 'roomId', s.room_id)) order by s.id), '[]')
        from signals s
        where s.xact >= $3::text::xid8
          and not exists (select from unnest($4::bigint[]) as known (id) where known.id = s.id)
      ) as signals,
      (
        select coalesce(json_agg(json_build_object('roomId', asked.room_id,
          'epoch', coalesce(wire_epoch(r.epoch), ''), 'head', coalesce(r.head, 0))), '[]')
        from unnest($5::uuid[], $6::text[], $7::bigint[]) as asked (room_id, epoch, head)
        left join rooms r on r.id = asked.room_id
        where r.id is null or r.head <> asked.head or wire_epoch(r.epoch) <> asked.epoch
      ) as moved,
      (
        select coalesce(json_agg(s.id), '[]') from signals s
        where s.xact >= pg_snapshot_xmin(pg_current_snapshot())
      ) as open`,
};

type Row = {watermark: string; signals: (Signal & {id: number})[]; moved: RoomPosition[]; open: number[]};

/**
 * A node's question to Postgres, on a connection of its own so that nothing can delay it, which also renews the
 * node's lease. `nodeId` must be new with every start of a process: a lease covers what its holder once wrote.
 */
export function createPulse(
  db: Database,
  {nodeId, leaseMs, deadlineMs = 900}: {nodeId: string; leaseMs: number; deadlineMs?: number},
): Pulse {
  let connection: Connection | undefined;
  let watermark: string | undefined;
  // The ids at or above the watermark that have been handed out.
  let known: number[] = [];
  let answeredAt = 0;

  async function reconnect(): Promise<Connection> {
    watermark = undefined;
    known = [];
    // A lease that a crash forgets harms nobody, and a pulse must not wait for a standby that is missing.
    connection = await db.connect({name: 'pulse', synchronousCommit: 'off'});
    return connection;
  }

  return {
    async ask(rooms) {
      const started = performance.now();
      try {
        const open = connection?.isOpen ? connection : await reconnect();
        const sentAt = performance.now();
        if (sentAt - answeredAt > watermarkKeptMs) watermark = undefined;
        const values = [
          nodeId,
          leaseMs,
          watermark,
          known,
          rooms.map(({roomId}) => roomId),
          rooms.map(({epoch}) => epoch),
          rooms.map(({head}) => head),
        ];
        const [row] = await open.query<Row>(question, values, deadlineMs - (sentAt - started));
        const fresh = watermark === undefined;
        ({watermark, open: known} = row!);
        answeredAt = sentAt;
        return {signals: row!.signals.map(({id: _, ...signal}) => signal), moved: row!.moved, fresh, sentAt};
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

const endLease = {
  name: 'leave_cluster',
  text: 'update nodes set lease_until = least(lease_until, clock_ms()) where id = $1',
};

/** Gives the node's lease up, so that nobody waits for it to expire. Ask no pulse after it. */
export async function leaveCluster(db: Database, {nodeId}: {nodeId: string}): Promise<void> {
  await db.query(endLease, [nodeId]);
}
