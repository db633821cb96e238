/** What both measurements need: rooms with their owners, and the CPU time of Postgres by the purpose of a connection. */
import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createDatabase, type Database} from '@madang/database/connections/pool';

export const silent = {debug() {}, info() {}, warn() {}, error() {}};

export function open(url: string, applicationName: string): Database {
  return createDatabase({url, log: silent, applicationName, statementTimeoutMs: 60_000, deadlineMs: 60_000});
}

export type Stage = {tenantId: string; rooms: {id: string; ownerId: string}[]};

/** Creates all rooms in one statement for each table, because only their use is measured. */
export async function setStage(db: Database, count: number): Promise<Stage> {
  const run = <Row>(text: string, values: unknown[] = []) => db.query<Row>({name: '', text}, values);
  const [tenant] = await run<{id: string}>('select id from tenants');
  const owners = Array.from({length: count}, () => randomUUID());
  await run(
    `insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
      select id, $2, 'guest', 'bench', 'bench', 'bench', '#000000' from unnest($1::uuid[]) as id`,
    [owners, tenant!.id],
  );
  const rooms = await run<{id: string; ownerId: string}>(
    `insert into rooms (id, tenant_id, title, visibility, owner_id, created_by, member_count)
      select gen_random_uuid(), $2, 'bench', 'private', id, id, 1 from unnest($1::uuid[]) as id
      returning id, owner_id as "ownerId"`,
    [owners, tenant!.id],
  );
  await run(
    `insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq)
      select tenant_id, id, owner_id, 'owner', 1, 0 from rooms where id = any ($1)`,
    [rooms.map(({id}) => id)],
  );
  // The messages table is left out: from an empty table the planner would learn that any index will do.
  await run('analyze users, rooms, memberships');
  return {tenantId: tenant!.id, rooms};
}

/** Returns the CPU time of the backends of connections with this name, in ms. They must not end during the measurement. */
export async function backendsMs(db: Database, applicationName: string): Promise<number> {
  const text = 'select pid from pg_stat_activity where application_name = $1';
  const pids = await db.query<{pid: number}>({name: '', text}, [applicationName]);
  return pids.reduce((sum, {pid}) => sum + ranMs(pid), 0);
}

/** Nanoseconds on a core, as the scheduler counts them. This is finer than the ticks of /proc/pid/stat. */
function ranMs(pid: number): number {
  const [ran] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  return Number(ran) / 1e6;
}

export function round(value: number): number {
  return Number(value.toPrecision(3));
}
