/** What tenants use: reported by gateways, added up by the worker, read by products and operators. */
import type {GetUsageResult} from '@madang/protocol/usage';
import type {Database} from '../connections/pool.ts';

/** A node's counts for a tenant since its last report. */
export type TenantUsage = {tenantId: string; messages: number; calls: number; connections: number};

const report = {
  name: 'report_usage',
  text: 'select report_usage($1, $2::uuid[], $3::bigint[], $4::bigint[], $5::integer[])',
};

/** Adds a node's counts to today's. After a lost answer nobody knows whether they were added. */
export async function reportUsage(
  db: Database,
  {nodeId, tenants}: {nodeId: string; tenants: readonly TenantUsage[]},
): Promise<void> {
  const values = [
    tenants.map(({tenantId}) => tenantId),
    tenants.map(({messages}) => messages),
    tenants.map(({calls}) => calls),
    tenants.map(({connections}) => connections),
  ];
  await db.query(report, [nodeId, ...values]);
}

const addUp = {name: 'add_up_usage', text: 'select add_up_usage($1) as count'};
const measure = {name: 'measure_usage', text: 'select measure_usage($1)'};
const prune = {name: 'prune_usage', text: 'select prune_usage($1, $2) as count'};

/** Adds up to `limit` changes to what each tenant has; returns how many. */
export async function addUpUsage(db: Database, {limit}: {limit: number}): Promise<number> {
  const [row] = await db.query<{count: number}>(addUp, [limit]);
  return row!.count;
}

/** Records the current totals, and stops the sends of tenants that have used up today's messages. */
export async function measureUsage(db: Database, {freshMs}: {freshMs: number}): Promise<void> {
  await db.query(measure, [freshMs]);
}

/** Deletes up to `limit` days older than this; returns how many. */
export async function pruneUsage(
  db: Database,
  {keepDays, limit}: {keepDays: number; limit: number},
): Promise<number> {
  const [row] = await db.query<{count: number}>(prune, [keepDays, limit]);
  return row!.count;
}

const read = {
  name: 'read_usage',
  text: `
    select read_usage($1, coalesce($2::date, coalesce($3::date, usage_day()) - 30), coalesce($3::date, usage_day())) as usage`,
};

/** The tenant's usage from one day to another, and its quotas; the last month unless given. */
export async function readUsage(
  db: Database,
  {tenantId, from, to}: {tenantId: string; from?: string | undefined; to?: string | undefined},
): Promise<GetUsageResult> {
  const [row] = await db.query<{usage: GetUsageResult}>(read, [tenantId, from, to]);
  return row!.usage;
}
