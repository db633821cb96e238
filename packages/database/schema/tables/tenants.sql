-- Tenants: their hosts and policies.

create table tenants (
  id uuid primary key,
  name text not null unique,
  -- References rooms: see rooms.sql.
  general_room_id uuid,
  created_at timestamptz not null default clock_ms(),
  -- The part of the policy that v0.1.0 reads: whether people may register, come as guests, and look each other up.
  registration boolean not null default true,
  guests boolean not null default true,
  directory boolean not null default true,
  -- Rises by one with each change of the policy; the default is the preset `community`.
  policy_version bigint not null default 1,
  policy jsonb not null default '{"origins": [], "defaultRooms": ["general"], "eventDays": 0,
    "signIn": {"register": true, "guests": true, "issuers": []}, "people": {"directory": true, "rename": "anyone", "direct": "anyone", "reserved": []},
    "types": {
      "room": {"visibility": "either", "guests": "create", "oversight": false, "keepDays": null, "closedDays": 0, "editMinutes": null, "push": false,
        "grants": {"create": "anyone", "join": "anyone", "add": "moderator", "members": "member", "history": "member", "send": "member", "attach": "member",
          "data": "member", "edit": "member", "delete": "member", "moderate": "moderator", "manage": "owner"}},
      "direct": {"visibility": "either", "guests": "create", "oversight": false, "keepDays": null, "closedDays": 0, "editMinutes": null, "push": false,
        "grants": {"create": "anyone", "join": "anyone", "add": "moderator", "members": "member", "history": "member", "send": "member", "attach": "member",
          "data": "member", "edit": "member", "delete": "member", "moderate": "moderator", "manage": "owner"}}},
    "limits": {"key": {}, "tenant": {}}, "quotas": {}, "weight": 1}',
  -- From the policy: for how many days events are kept; 0 means that there are none.
  event_days integer not null default 0
);
-- Tenants whose changes are numbered.
create index tenants_event_days_idx on tenants (id) where event_days > 0;

-- The part of the policies that SQL reads: the room types, as write_policy compiles them. may_x is the lowest
-- holder_rank that
-- is granted x.
create table room_types (
  tenant_id uuid not null references tenants,
  name text not null,
  visibility text not null,
  guests text not null,
  oversight boolean not null,
  keep_days integer,
  closed_days integer,
  edit_minutes integer,
  push boolean not null,
  may_create smallint not null,
  may_join smallint not null,
  may_add smallint not null,
  may_members smallint not null,
  may_history smallint not null,
  may_send smallint not null,
  may_attach smallint not null,
  may_data smallint not null,
  may_edit smallint not null,
  may_delete smallint not null,
  may_moderate smallint not null,
  may_manage smallint not null,
  -- The tenant has used up its quota of messages, and cannot send until this time.
  spent_until timestamptz,
  primary key (tenant_id, name)
);

create table tenant_hosts (
  host text primary key,
  tenant_id uuid not null references tenants
);
create index tenant_hosts_tenant_id_idx on tenant_hosts (tenant_id);
