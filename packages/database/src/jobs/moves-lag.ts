import type {Database} from '../connections/pool.ts';

export type MovesLag = {
  /** Since when the oldest numbered move waits for the slowest reader; 0 where none waits. */
  unreadSeconds: number;
  /** Transactions whose moves have no number yet, counted no further than 10,000. 0 where nobody reads. */
  unnumbered: number;
};

// Both go by an index, in its order, so they cost the same however much there is.
const readLag = {
  name: '',
  text: `
    select
      coalesce((
        select extract(epoch from clock_ms() - at) from numbered_moves
        where batch > (select min(batch) from move_readers) order by batch limit 1
      ), 0)::float8 as "unreadSeconds",
      (select count(*)::int from (
        select from moves where xact >= (select pg_snapshot_xmax(seen) from move_numbering) order by xact limit 10000
      ) waiting) as unnumbered`,
};

/** How far the jobs that read moves are behind. */
export async function readMovesLag(db: Database): Promise<MovesLag> {
  const [lag] = await db.query<MovesLag>(readLag);
  return lag!;
}
