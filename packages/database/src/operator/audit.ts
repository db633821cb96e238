/** The audit log: who did what to whom, when, from where. Gateways and workers append to it; only operators read it. */
import {isIP} from 'node:net';
import type {ListAuditInput, ListAuditResult} from '@madang/protocol/audit';
import {ChatError} from '@madang/protocol/errors';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import type {Database, Statement} from '../connections/pool.ts';

/** The call that acts. */
export type Acting = {address?: string; requestId?: string};

export type AuditLine = Acting & {
  tenantId: string;
  action: string;
  actorId?: string;
  userId?: string;
  roomId?: string;
  /** When it happened; now unless given. */
  at?: string;
  reason?: string;
  details?: Record<string, unknown>;
};

const append = {name: 'append_audit', text: 'select append_audit($1)'};

/** Appends lines about acts that are not part of a transaction. */
export async function appendAudit(db: Database, lines: readonly AuditLine[]): Promise<void> {
  const rows = lines.map(({tenantId, actorId, userId, roomId, requestId, address, ...line}) => ({
    ...line,
    tenant_id: tenantId,
    actor_id: actorId,
    user_id: userId,
    room_id: roomId,
    request_id: requestId,
    address: inetOf(address),
  }));
  await db.query(append, [JSON.stringify(rows)]);
}

/** The statement `select … as answer` of an act, whose lines in the audit log then name the call (see actingValues). */
export function acting(statement: Statement, parameters: number): Statement {
  const [address, requestId, details] = [1, 2, 3].map((no) => `$${parameters + no}::text`);
  return {...statement, text: `${statement.text} from act_for(${address}, ${requestId}, ${details})`};
}

export function actingValues(by: Acting | undefined, details?: object): unknown[] {
  return [inetOf(by?.address), by?.requestId, details && JSON.stringify(details)];
}

/** Limits identify an IPv6 network by its prefix; Postgres accepts a prefix only together with its length. */
function inetOf(address: string | undefined): string | undefined {
  const [, ip = ''] = /^([\da-f.:]+)(?:\/64)?$/i.exec(address ?? '') ?? [];
  return isIP(ip) ? address : undefined;
}

export type AuditFilter = {
  tenantId?: string;
  actor?: string;
  action?: string;
  address?: string;
  since?: string;
  until?: string;
  limit: number;
};

export type ListedLine = {
  id: number;
  at: string;
  tenant?: string;
  actor?: string;
  action: string;
  subject?: string;
  room?: string;
  address?: string;
  requestId?: string;
  reason?: string;
  details?: object;
  source?: string;
};

const list = {
  name: '',
  text: `
    select json_strip_nulls(json_build_object('id', a.id, 'at', wire_time(a.at), 'tenant', t.name,
      'actor', coalesce(actor.name, a.actor_id::text), 'action', a.action,
      'subject', coalesce(u.name, a.user_id::text), 'room', a.room_id, 'address', host(a.address),
      'requestId', a.request_id, 'reason', a.reason, 'details', a.details, 'source', a.source)) as line
    from audit_log a
    left join tenants t on t.id = a.tenant_id
    left join users actor on actor.id = a.actor_id
    left join users u on u.id = a.user_id
    where ($1::uuid is null or a.tenant_id = $1)
      and ($2::text is null or a.actor_id::text = $2 or actor.name = $2 or a.source = $2)
      and ($3::text is null or a.action = $3 or a.action like $3 || ':%')
      and ($4::inet is null or a.address <<= $4)
      and ($5::timestamptz is null or a.at >= $5) and ($6::timestamptz is null or a.at < $6)
    order by a.at desc, a.id desc
    limit $7`,
};

/** Lists lines, newest first. */
export async function listAudit(db: Database, filter: AuditFilter): Promise<ListedLine[]> {
  const {tenantId, actor, action, address, since, until, limit} = filter;
  const values = [tenantId, actor, action, address, since, until, limit];
  const rows = await db.query<{line: ListedLine}>(list, values);
  return rows.map(({line}) => line);
}

const listFor = {name: 'list_audit_for', text: 'select list_audit_for($1, $2, $3, $4, $5) as lines'};

/** Lists lines of the tenant, newest first, to an administrator or a service. Throws `forbidden` to everybody else. */
export async function listAuditFor(
  db: Database,
  {tenantId, actorId}: {tenantId: string; actorId: string},
  {action, after, limit}: ListAuditInput,
): Promise<ListAuditResult> {
  const [before] = after === undefined ? [] : decodeCursor(after, 1);
  if (before !== undefined && !/^\d{1,18}$/.test(before)) {
    throw new ChatError('invalid', {message: 'after: not a cursor of this list'});
  }
  const values = [tenantId, actorId, action, before, limit + 1];
  const [row] = await db.query<{lines: ListAuditResult['lines'] | null}>(listFor, values);
  if (!row?.lines) throw new ChatError('forbidden');
  const lines = row.lines.slice(0, limit);
  const last = lines.at(-1);
  return {lines, ...(row.lines.length > limit && last && {next: encodeCursor([String(last.id)])})};
}

const prune = {name: 'prune_audit_log', text: 'select prune_audit_log($1) as pruned'};

/** Deletes lines older than the age configured in the database; returns how many. */
export async function pruneAudit(db: Database, {limit}: {limit: number}): Promise<number> {
  const [row] = await db.query<{pruned: number}>(prune, [limit]);
  return row!.pruned;
}
