-- A product's own JSON object about its user.
alter table users add column data json;
