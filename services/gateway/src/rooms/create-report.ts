import {createReport as insertReport} from '@madang/database/rooms/reports';
import type {CreateReportInput, CreateReportResult} from '@madang/protocol/reports';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, MemberContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Reports somebody else's message to those who moderate the room. Idempotent: a repeat gets the first report. */
export const createReport: Handler<MemberContext<RoomsNeeds>, CreateReportInput, CreateReportResult> = async (
  ctx,
  {seq, reason},
) => {
  const {node, member, caller} = ctx;
  const by = {...member, actorId: actorOf(caller).id};
  const {id, notified} = await insertReport(node.db, by, {seq, reason}, ctx);
  if (notified.length > 0) node.broadcast.signal({kind: 'notified', userIds: notified});
  return {id};
};
