-- What JWTs depend on. The token says who its user is and when it expires; the rows here say whether that still counts.

-- The user of a token: null if the token is refused, an empty object if the product's user is not known yet. `isBehind`
-- means that the token has another name than the user, and a later one.
create or replace function find_token_user(
  p_tenant_id uuid, p_external_id text, p_hash text, p_issued_at bigint, p_name text, p_display_name text
) returns json language sql stable
as $$
  select case
    when exists (select from signals where session_hash = p_hash) then null
    when u.id is null then case when gone.at is null then '{}'::json end
    when u.kind = 'account' and u.disabled_at is null
      and coalesce(to_timestamp(p_issued_at) > greatest(u.signed_out_at, gone.at), true)
    then json_build_object(
      'user', wire_shown_user(u), 'tenantId', u.tenant_id, 'sessionEpoch', u.session_epoch,
      'isBehind', (coalesce(p_name, u.name), coalesce(p_display_name, u.display_name))
          is distinct from (u.name, u.display_name)
        and to_timestamp(p_issued_at) >= date_trunc('second', coalesce(u.claims_at, u.created_at)))
  end
  from (
    select max(deleted_at) as at from users
    where tenant_id = p_tenant_id and gone_external_hash = sha256(convert_to(p_external_id, 'UTF8'))
  ) as gone
  left join users u on u.tenant_id = p_tenant_id and u.external_id = p_external_id and u.deleted_at is null
$$;

-- Records the time of a user's names: a token that was issued earlier does not restore its own names.
create or replace function note_claims(p_tenant_id uuid, p_external_id text, p_issued_at bigint)
returns void language sql volatile
as $$
  update users set claims_at = to_timestamp(p_issued_at)
  where tenant_id = p_tenant_id and external_id = p_external_id and deleted_at is null
$$;
