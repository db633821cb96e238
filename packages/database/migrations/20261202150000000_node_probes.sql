-- Whether broadcasts arrive (schema/tables/cluster.sql). What it says is worth nothing after a crash.
create unlogged table node_probes (
  id text primary key,
  report jsonb not null,
  until timestamptz not null
) with (fillfactor = 50);
