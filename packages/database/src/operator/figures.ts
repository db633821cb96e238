import type {Database} from '../connections/pool.ts';

export type Figures = {
  connections: number;
  maxConnections: number;
  databaseBytes: number;
  numberingLag: number;
};

const readAll = {
  name: '',
  text: `
    select
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
      current_setting('max_connections')::int as "maxConnections",
      pg_database_size(current_database())::float8 as "databaseBytes",
      (select case when seen is null or not exists (select from tenants where event_days > 0) then -1
        else extract(epoch from clock_timestamp() - numbered_at) end::float8 from move_numbering) as "numberingLag"`,
};

/** How close the server is to its limits. */
export async function readFigures(db: Database): Promise<Figures> {
  const [figures] = await db.query<Figures>(readAll);
  return figures!;
}
