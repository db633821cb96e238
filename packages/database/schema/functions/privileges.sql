-- The rights of the two roles that own nothing. docs/roles.md shows them as a table.

-- What each role may do with each table; both may read and write the tables that are not listed here. madang_app:
-- gateways and workers. madang_admin: `npx madang`. A new table with other rules needs a line here.
create or replace function granted_tables() returns table (relation regclass, grantee name, privileges text[])
language sql stable
as $$
  select c.oid::regclass, grantee,
    case
      when c.relname in ('migrations', 'installed_functions') then '{SELECT}'::text[]
      when c.relname = 'audit_log' and grantee = 'madang_app' then '{INSERT}'
      when c.relname = 'audit_log' then '{INSERT,SELECT}'
      when c.relname in ('cluster', 'tenants', 'tenant_hosts', 'room_types', 'api_keys') and grantee = 'madang_app' then '{SELECT}'
      else '{DELETE,INSERT,SELECT,UPDATE}'
    end
  from pg_class c, (values ('madang_app'::name), ('madang_admin')) as role (grantee)
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and pg_has_role(c.relowner, 'usage')
$$;

-- Grants the two groups their rights on everything that exists, and on what a migration will add. The migrations call
-- it each time they end, so it also repairs what a restore without privileges has left out. If the roles do not exist
-- and the caller may not create them, nothing is granted: every process then uses the owner's role, as before.
create or replace function grant_privileges() returns void language plpgsql volatile
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
        -- The caller may not create roles, or another database on this server has just created this one.
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
