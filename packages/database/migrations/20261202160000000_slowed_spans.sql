-- In slow mode a member's wait goes on after they leave the room and join it again.

-- Up Migration

-- Everybody who joins or leaves waits behind a lock request, so it gives up after a short wait and is repeated.
do $$
begin
  for attempt in 1..120 loop
    begin
      set local lock_timeout = '100ms';
      lock table membership_spans in access exclusive mode;
      return;
    exception when lock_not_available then
      if attempt = 120 then
        raise;
      end if;
      perform pg_sleep(0.4);
    end;
  end loop;
end
$$;

-- Without a default, so no row is rewritten.
alter table membership_spans add column slowed_until timestamptz;
