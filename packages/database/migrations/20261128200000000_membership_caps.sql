-- Bounds what one person can fill the database with: memberships, and rooms owned; services have no bound. One function,
-- called as before; a release before this one answers `internal` where a cap refuses.

-- Up Migration

-- As before, but a cap refuses with SQLSTATE MDQ01, whose message names the cap. Calls of one user that run at once may pass
-- a cap by their number, which the gateway's rates bound.
create or replace function insert_membership(r rooms, p_user_id uuid, p_role text) returns void
language plpgsql volatile
as $$
declare
  -- Those of packages/protocol/src/limits.ts.
  v_most_memberships constant integer := 5000;
  v_most_owned constant integer := 2000;
  v_held record;
begin
  if exists (select from users where id = p_user_id and kind <> 'service') then
    select count(*) as memberships, count(*) filter (where role = 'owner') as owned into v_held
    from (select role from memberships where user_id = p_user_id limit v_most_memberships) as held;
    if v_held.memberships >= v_most_memberships then
      raise exception 'memberships' using errcode = 'MDQ01', detail = v_most_memberships;
    end if;
    if p_role = 'owner' and v_held.owned >= v_most_owned then
      raise exception 'ownedRooms' using errcode = 'MDQ01', detail = v_most_owned;
    end if;
  end if;

  insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq, muted_until)
  values (r.tenant_id, r.id, p_user_id, p_role, r.head + 1, r.head, (
    select s.muted_until from membership_spans s where s.room_id = r.id and s.user_id = p_user_id
    order by s.joined_at_rev desc limit 1));
  insert into membership_spans (room_id, user_id, joined_at_rev) values (r.id, p_user_id, r.head + 1);
  update rooms set member_count = member_count + 1, emptied_at = null where id = r.id;
  insert into signals (kind, user_id, room_id) values ('joined', p_user_id, r.id);
end
$$;
