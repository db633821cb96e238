import type {Database} from '../connections/pool.ts';

const raiseIncarnation = {
  name: '',
  text: `
    with emptied as (delete from signals), unmoved as (delete from moves), unmarked as (delete from move_marks),
      begun as (update move_numbering set seen = pg_current_snapshot() where seen is not null),
      -- No earlier position equals a later one.
      ended as (update event_positions set position = position + 4294967296, pruned_to = position + 4294967296),
      noted as (insert into audit_log (action) values ('db:restored'))
    update cluster set incarnation = greatest(incarnation + 1, extract(epoch from clock_timestamp())::bigint)
    returning incarnation`,
};

/**
 * Tells the cluster that this database came from a backup: every log gets a new epoch, so every client is reset.
 * Signals and moves are deleted, since their transaction ids come from another server. Readers of events are reset,
 * since what they have read may be lost.
 */
export async function restored(db: Database): Promise<{incarnation: number}> {
  const [row] = await db.query<{incarnation: number}>(raiseIncarnation);
  return row!;
}
