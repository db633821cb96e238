-- Leaving again answers as the first time did, now that gateways ask here first. The release before this one asks for
-- members only, and of the answers to them none changes.

-- Up Migration

-- room:leave. Whoever is out already, of a closed room too, finds the rev of that. A stranger to a public room that is
-- closed is told so.
create or replace function leave_room(p_room_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
  v_left_at bigint;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is null and r.kind = 'direct' then
    v_refusal := 'forbidden';
  end if;
  if v_refusal is null then
    v_left_at := end_membership(r.id, p_user_id, 'left');
    return json_build_object('leftAt', v_left_at, 'frame', new_frame(r.id, r.head));
  end if;
  v_left_at := last_left_at(p_room_id, p_user_id);
  if m.room_id is null and v_left_at is not null then
    return json_build_object('leftAt', v_left_at);
  end if;
  return refuse(case when v_refusal = 'forbidden' and r.closed_at is not null then 'room_closed' else v_refusal end);
end
$$;
