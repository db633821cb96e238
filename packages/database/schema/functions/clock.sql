-- The clock of every stored time: the database's, in milliseconds, since that is what the wire carries. It moves within
-- a transaction, unlike now().

create or replace function clock_ms() returns timestamptz language sql volatile
as $$ select date_trunc('milliseconds', clock_timestamp()) $$;
