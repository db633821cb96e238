/** Reports of messages, and what is decided about them. */
import type {Frame} from '@madang/protocol/log';
import type {DecideReportInput, ListReportsInput, Report} from '@madang/protocol/reports';
import {call, type Database} from '../connections/pool.ts';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import {newId} from '../ids.ts';
import {acting, actingValues, type Acting} from '../operator/audit.ts';
import type {Membership} from './membership.ts';

const createStatement = acting(
  {name: 'create_report', text: 'select create_report($1, $2, $3, $4, $5, $6) as answer'},
  6,
);

/** Reports a message to those who moderate the room; `notified` are those of them who got an item. A repeat gets the first one's id. */
export function createReport(
  db: Database,
  {roomId, userId, actorId}: Pick<Membership, 'roomId' | 'userId'> & {actorId: string},
  {seq, reason}: {seq: number; reason: string},
  by?: Acting,
): Promise<{id: string; notified: string[]}> {
  return call(db, createStatement, [newId(), roomId, userId, actorId, seq, reason, ...actingValues(by)]);
}

const listStatement = {
  name: 'list_reports',
  text: 'select list_reports($1, $2, $3, $4, $5, $6, $7) as answer',
};

type Judge = {tenantId: string; actorId: string};

/** Lists the reports that the actor judges, newest first. */
export async function listReports(
  db: Database,
  {tenantId, actorId}: Judge,
  {roomId, open, after, limit}: ListReportsInput,
): Promise<{reports: Report[]; next?: string}> {
  const [at, id] = after === undefined ? [] : decodeCursor(after, 2);
  const found = await call<Report[]>(db, listStatement, [tenantId, actorId, roomId, open, at, id, limit + 1]);
  const reports = found.slice(0, limit);
  const last = reports.at(-1);
  return {
    reports,
    ...(found.length > limit && last && {next: encodeCursor([last.createdAt, last.id])}),
  };
}

const decideStatement = acting(
  {name: 'decide_report', text: 'select decide_report($1, $2, $3, $4, $5) as answer'},
  5,
);

/** Decides about a report, and carries it out. `userId` is who was muted or banned in the room by this call. */
export function decideReport(
  db: Database,
  {tenantId, actorId}: Judge,
  {id, outcome, reason}: DecideReportInput,
  by?: Acting,
): Promise<{report: Report; roomId?: string; userId?: string; frame?: Frame}> {
  return call(db, decideStatement, [tenantId, id, actorId, outcome, reason, ...actingValues(by)]);
}
