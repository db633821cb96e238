/** The state of the cluster at one glance, for operators. Gateways report their figures with their probes. */
import type {Database} from '../connections/pool.ts';
import {readFigures, type Figures} from './figures.ts';

/** What a gateway says about itself once a second. Rates are those of the last second. */
export type NodeFigures = {
  name: string;
  version: string;
  /** ISO 8601. */
  startedAt: string;
  ready: boolean;
  /** Which direction of broadcasts fails, if one does. */
  failure?: string;
  connections: number;
  rooms: number;
  callsPerSecond: number;
  sendsPerSecond: number;
  framesPerSecond: number;
  /** How long its last canary took through Redis and back. */
  canaryMs?: number;
  pulseAgeMs: number;
  memoryBytes: number;
  redisUp: boolean;
  postgresUp: boolean;
  /** Refusals and failures by code since its start, each with the time of the last one. */
  errors: {code: string; count: number; lastAt: string}[];
};

export type TenantUse = {name: string; messages: number; calls: number; connections: number};

export type DatabaseStatus = {
  nodes: NodeFigures[];
  postgres: Figures & {version: string};
  tenants: TenantUse[];
};

const nodes = {
  name: '',
  text: `
    select report -> 'figures' as figures from node_probes
    where until > clock_ms() and report ? 'figures'
    order by report -> 'figures' ->> 'name'`,
};
const server = {name: '', text: `select current_setting('server_version') as version`};
const tenantsByUse = {
  name: '',
  text: `
    select t.name, d.messages, d.calls, d.connections from usage_days d join tenants t on t.id = d.tenant_id
    where d.day = usage_day() order by d.messages desc, d.calls desc, t.name limit $1`,
};

/** At most `limit` tenants, those with the most messages today first; gateways report these each minute. */
export async function readStatus(db: Database, {limit = 20}: {limit?: number} = {}): Promise<DatabaseStatus> {
  const [reported, figures, [version], tenants] = await Promise.all([
    db.query<{figures: NodeFigures}>(nodes),
    readFigures(db),
    db.query<{version: string}>(server),
    db.query<TenantUse>(tenantsByUse, [limit]),
  ]);
  return {nodes: reported.map((row) => row.figures), postgres: {...figures, ...version!}, tenants};
}
