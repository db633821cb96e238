/** The desk's own tables, beside the cluster's and without a reference to them. */
import type {Database} from '@madang/database/connections/pool';

/** Any number that nobody else uses as a lock. */
const lock = 7_243_101;

const createTables = `
do $$ begin
  perform pg_advisory_xact_lock(${lock});
  -- Asked for, the right to make it would be needed even where it is there.
  if to_regnamespace('order_desk') is null then
    create schema order_desk;
  end if;
  create table if not exists order_desk.people (
    id uuid primary key,
    role text not null check (role in ('customer', 'shop')),
    name text not null,
    password_hash text not null,
    -- The same person as the cluster knows them.
    chat_user_id uuid,
    unique (role, name)
  );
  create table if not exists order_desk.orders (
    id uuid primary key,
    customer_id uuid not null references order_desk.people,
    shop_id uuid not null references order_desk.people,
    item text not null,
    created_at timestamptz not null default now(),
    accepted_at timestamptz
  );
  create index if not exists orders_customer_id_idx on order_desk.orders (customer_id, created_at);
  create index if not exists orders_shop_id_idx on order_desk.orders (shop_id, created_at);
  -- What the cluster is still to be told: written by the statement that changes an order.
  create table if not exists order_desk.outbox (
    id bigint generated always as identity primary key,
    key text not null unique,
    chat_user_id uuid not null,
    type text not null,
    data json not null,
    sent_at timestamptz,
    refused text
  );
  create index if not exists outbox_unsent_idx on order_desk.outbox (id) where sent_at is null and refused is null;
end $$`;

/** Gives the desk's role, which may sign in already, a schema of its own and whatever an earlier release made there. */
export async function giveSchemaTo(db: Database, role: string): Promise<void> {
  const owner = `"${role.replaceAll('"', '""')}"`;
  const text = `
    do $$ declare r record; begin
      perform pg_advisory_xact_lock(${lock});
      grant ${owner} to current_user;
      create schema if not exists order_desk;
      alter schema order_desk owner to ${owner};
      for r in select oid::regclass as name from pg_class
        where relnamespace = 'order_desk'::regnamespace and relkind = 'r' loop
        execute format('alter table %s owner to ${owner}', r.name);
      end loop;
    end $$`;
  await db.query({name: '', text});
}

/** Makes what is missing; safe to run by many at once. */
export async function createSchema(db: Database): Promise<void> {
  await db.query({name: '', text: createTables}, [], {deadlineMs: 10_000});
}
