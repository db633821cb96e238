-- Roles with no more rights than their processes need, and the last columns of the audit log.
--
-- New columns with defaults, and new functions: the release before this one goes on with the role it has, which owns
-- everything. Nothing is taken from PUBLIC that was there before, so a role that an operator made keeps working too.

-- Up Migration

-- Who asked from where: `address` and `request_id` of the call that acts, which the statement sets by act_for.
alter table audit_log
  add column address inet,
  add column request_id text,
  add column reason text;
alter table audit_log
  alter column address set default nullif(current_setting('madang.address', true), '')::inet,
  alter column request_id set default nullif(current_setting('madang.request_id', true), ''),
  alter column details set default nullif(current_setting('madang.details', true), '')::jsonb;
create index audit_log_at_idx on audit_log (at);

-- How long lines of the audit log are kept. The migrations set it, since the processes that serve may not.
alter table cluster add column audit_days integer not null default 365 check (audit_days > 0);

-- In the FROM clause of a statement that acts: what its lines in the audit log say about the call, until the transaction
-- ends. plpgsql, since a function of SQL may be inlined and left out.
create function act_for(p_address text, p_request_id text, p_details text) returns void language plpgsql volatile
as $$
begin
  perform set_config('madang.address', coalesce(p_address, ''), true),
    set_config('madang.request_id', coalesce(p_request_id, ''), true),
    set_config('madang.details', coalesce(p_details, ''), true);
end
$$;

create function change_own_password(p_tenant_id uuid, p_user_id uuid, p_password_hash text, p_kept_session text)
returns json language plpgsql volatile
as $$
declare
  v_answer json := change_password(p_user_id, p_password_hash, p_kept_session);
begin
  if v_answer -> 'refused' is null then
    perform write_audit(p_tenant_id, p_user_id, 'user:change-password', p_user_id, null);
  end if;
  return v_answer;
end
$$;

create function sign_out_everywhere(p_tenant_id uuid, p_user_id uuid, p_kept_session text)
returns json language plpgsql volatile
as $$
declare
  v_answer json := raise_session_epoch(p_user_id, p_kept_session);
begin
  if v_answer -> 'refused' is null then
    perform write_audit(p_tenant_id, p_user_id, 'user:sign-out-everywhere', p_user_id, null);
  end if;
  return v_answer;
end
$$;

-- Lines about acts that are no transaction of Postgres, such as signing in.
create function append_audit(p_lines jsonb) returns void language sql volatile
as $$
  insert into audit_log (tenant_id, actor_id, action, user_id, room_id, at, address, request_id, reason, details)
  select tenant_id, actor_id, action, user_id, room_id, coalesce(at, clock_ms()), address, request_id, reason, details
  from jsonb_to_recordset(p_lines) as line (
    tenant_id uuid, actor_id uuid, action text, user_id uuid, room_id uuid, at timestamptz, address inet,
    request_id text, reason text, details jsonb)
$$;

-- The only way to delete lines of the audit log: those past the age in `cluster`, whichever role calls. It runs with the
-- rights of its owner; its search_path is fixed below, and grant_privileges says which roles may call it.
create function prune_audit_log(p_limit integer) returns integer language sql volatile security definer
as $$
  with expired as (
    select id from audit_log
    where at < clock_ms() - (select audit_days from cluster) * interval '1 day'
    order by at limit p_limit
  ), pruned as (
    delete from audit_log where id in (select id from expired) returning 1
  )
  select count(*)::integer from pruned
$$;
do $$
begin
  execute format('alter function prune_audit_log(integer) set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function prune_audit_log(integer) from public;

-- What each role may do with each table: all that is not named here is the processes' to read and write.
-- madang_app: gateways and workers. madang_admin: `npx madang`. A later migration that adds a table with other rules
-- redefines this function.
create function granted_tables() returns table (relation regclass, grantee name, privileges text[])
language sql stable
as $$
  select c.oid::regclass, grantee,
    case
      when c.relname = 'migrations' then '{SELECT}'::text[]
      when c.relname = 'audit_log' and grantee = 'madang_app' then '{INSERT}'
      when c.relname = 'audit_log' then '{INSERT,SELECT}'
      when c.relname in ('cluster', 'tenants', 'tenant_hosts', 'api_keys') and grantee = 'madang_app' then '{SELECT}'
      else '{DELETE,INSERT,SELECT,UPDATE}'
    end
  from pg_class c, (values ('madang_app'::name), ('madang_admin')) as role (grantee)
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and pg_has_role(c.relowner, 'usage')
$$;

-- Gives the two groups their rights to all that is there, and to what a migration will add. The migrations call it at
-- their end each time, so it repairs what a restore without privileges has left out. Without the right to make roles,
-- and where nobody has made them, nothing is granted: then every process uses the owner's role, as before.
create function grant_privileges() returns void language plpgsql volatile
as $$
declare
  v_schema name := current_schema();
  v_role name;
  v_table record;
  v_function regprocedure;
begin
  perform pg_advisory_xact_lock(7243002);
  foreach v_role in array array['madang_app', 'madang_admin']::name[] loop
    if to_regrole(v_role) is null then
      begin
        execute format('create role %I nologin', v_role);
      exception when insufficient_privilege or duplicate_object or unique_violation then
        -- Not ours to make, or another database on this server has just made it.
        null;
      end;
    end if;
    continue when to_regrole(v_role) is null;
    if not has_schema_privilege(v_role, v_schema, 'usage') then
      execute format('grant usage on schema %I to %I', v_schema, v_role);
    end if;
    for v_function in
      select p.oid from pg_proc p
      where p.pronamespace = v_schema::regnamespace and pg_has_role(p.proowner, 'usage')
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
        and not exists (
          select from aclexplode(p.proacl) as acl where acl.grantee = to_regrole(v_role)
            and acl.privilege_type = 'EXECUTE')
    loop
      execute format('grant execute on routine %s to %I', v_function, v_role);
    end loop;
    execute format('alter default privileges in schema %I grant execute on routines to %I', v_schema, v_role);
    execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I',
      v_schema, v_role);
    execute format('alter default privileges in schema %I grant usage on sequences to %I', v_schema, v_role);
  end loop;
  for v_table in
    select * from granted_tables() g
    where to_regrole(g.grantee) is not null and g.privileges <> (
      select coalesce(array_agg(acl.privilege_type order by acl.privilege_type), '{}')
      from pg_class c, aclexplode(c.relacl) as acl
      where c.oid = g.relation and acl.grantee = to_regrole(g.grantee))
  loop
    execute format('revoke all on %s from %I', v_table.relation, v_table.grantee);
    execute format('grant %s on %s to %I',
      array_to_string(v_table.privileges, ', '), v_table.relation, v_table.grantee);
  end loop;
end
$$;

select grant_privileges();
