/** The desk's tables, in its own database. */
import type {Database} from './database.ts';

/** Any number that nobody else uses as a lock. */
const lock = 7_243_101;

const createTables = `
do $$ begin
  perform pg_advisory_xact_lock(${lock});
  create table if not exists people (
    id uuid primary key,
    role text not null check (role in ('customer', 'shop')),
    name text not null,
    password_hash text not null,
    -- The same person as the cluster knows them.
    chat_user_id uuid,
    unique (role, name)
  );
  create table if not exists orders (
    id uuid primary key,
    customer_id uuid not null references people,
    shop_id uuid not null references people,
    item text not null,
    created_at timestamptz not null default now(),
    accepted_at timestamptz
  );
  create index if not exists orders_customer_id_idx on orders (customer_id, created_at);
  create index if not exists orders_shop_id_idx on orders (shop_id, created_at);
  -- What the cluster is still to be told: written by the statement that changes an order.
  create table if not exists outbox (
    id bigint generated always as identity primary key,
    key text not null unique,
    chat_user_id uuid not null,
    type text not null,
    data json not null,
    sent_at timestamptz,
    refused text
  );
  create index if not exists outbox_unsent_idx on outbox (id) where sent_at is null and refused is null;
  -- How often somebody tried to sign in, as rate-limiter-flexible keeps it.
  create table if not exists tries (
    key varchar(255) primary key,
    points integer not null default 0,
    expire bigint
  );
end $$`;

/** Creates what is missing. Any number of processes may run it at once. */
export async function createSchema(db: Database): Promise<void> {
  await db.pool.query(createTables);
}
