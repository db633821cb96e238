-- A tenant's policy: the rules of its people and rooms, and what of them SQL reads.
--
-- New columns with defaults and a new table; the release before this one reads tenants.registration, guests and directory
-- on, which every change of a policy writes, too. It takes signals of the kind `tenant` in and does nothing about them.

-- Up Migration

alter table tenants
  add column policy_version bigint not null default 1,
  add column policy jsonb not null default '{"origins": [], "defaultRooms": ["general"], "eventDays": 0,
    "signIn": {"register": true, "guests": true, "issuers": []}, "people": {"directory": true, "rename": "anyone", "direct": "anyone", "reserved": []},
    "types": {
      "room": {"visibility": "either", "guests": "create", "oversight": false, "keepDays": null, "closedDays": 0, "editMinutes": null, "push": false,
        "grants": {"create": "anyone", "join": "anyone", "add": "moderator", "members": "member", "history": "member", "send": "member", "attach": "member",
          "data": "member", "edit": "member", "delete": "member", "moderate": "moderator", "manage": "owner"}},
      "direct": {"visibility": "either", "guests": "create", "oversight": false, "keepDays": null, "closedDays": 0, "editMinutes": null, "push": false,
        "grants": {"create": "anyone", "join": "anyone", "add": "moderator", "members": "member", "history": "member", "send": "member", "attach": "member",
          "data": "member", "edit": "member", "delete": "member", "moderate": "moderator", "manage": "owner"}}},
    "limits": {"key": {}, "tenant": {}}, "quotas": {}, "weight": 1}';
update tenants set policy = policy || jsonb_build_object(
  'signIn', policy -> 'signIn' || jsonb_build_object('register', registration, 'guests', guests),
  'people', policy -> 'people' || jsonb_build_object('directory', directory));

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
  primary key (tenant_id, name)
);
insert into room_types
select tenants.id, type.name, 'either', 'create', false, null, 0, null, false, 0, 0, 2, 1, 1, 1, 1, 1, 1, 1, 2, 3
from tenants, (values ('room'), ('direct')) as type (name);

alter table rooms
  add column type text,
  add column overseen boolean not null default false,
  add column default_name text;
update rooms r set default_name = 'general' from tenants t where r.id = t.general_room_id;
create unique index rooms_default_name_idx on rooms (tenant_id, default_name) where default_name is not null;
create index rooms_type_idx on rooms (tenant_id, type) where type is not null;

alter table signals add column tenant_id uuid;
alter table signals drop constraint signals_kind_check;
alter table signals add constraint signals_kind_check
  check (kind in ('user', 'session', 'joined', 'notified', 'tenant'));
