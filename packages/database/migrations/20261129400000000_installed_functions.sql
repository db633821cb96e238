-- Which functions the database has. A new table, which the release before this one does not know: its migrations leave the
-- functions as they are.

-- Up Migration

create table installed_functions (
  is_only_row boolean primary key default true check (is_only_row),
  version integer not null,
  hash text not null
);
insert into installed_functions (version, hash) values (0, '');
