-- The clock of every stored time: the database's, in milliseconds, since that is what the wire carries. It moves within
-- a transaction, unlike now().

create or replace function clock_ms() returns timestamptz language sql volatile
as $$ select date_trunc('milliseconds', clock_timestamp()) $$;

-- Acknowledged means durable, whatever the session is set to: another user of a pooler's session may have turned it off.
-- It holds until the transaction ends. remote_apply is stronger and stays.
create or replace function be_durable() returns void language plpgsql volatile
as $$
begin
  if current_setting('synchronous_commit') not in ('on', 'remote_apply') then
    perform set_config('synchronous_commit', 'on', true);
  end if;
end
$$;
