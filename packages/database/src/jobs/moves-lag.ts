import type {Database} from '../connections/pool.ts';

export type MovesLag = {
  /** How long the oldest numbered move has waited for the slowest reader; 0 if none waits. */
  unreadSeconds: number;
  /** The same for the projector alone. */
  unprojectedSeconds: number;
  /** Transactions whose moves have no number yet, counted up to 10,000. 0 if there are no readers. */
  unnumbered: number;
};

// They read an index in its order, so they cost the same however many rows there are.
const readLag = {
  name: '',
  text: `
    select
      coalesce((
        select extract(epoch from clock_ms() - at) from numbered_moves
        where batch > (select min(batch) from move_readers) order by batch limit 1
      ), 0)::float8 as "unreadSeconds",
      coalesce((
        select extract(epoch from clock_ms() - at) from numbered_moves
        where batch > (select batch from move_readers where name = 'projector') order by batch limit 1
      ), 0)::float8 as "unprojectedSeconds",
      (select count(*)::int from (
        select from moves where xact >= (select pg_snapshot_xmax(seen) from move_numbering) order by xact limit 10000
      ) waiting) as unnumbered`,
};

/** How far behind the jobs that read moves are. */
export async function readMovesLag(db: Database): Promise<MovesLag> {
  const [lag] = await db.query<MovesLag>(readLag);
  return lag!;
}
