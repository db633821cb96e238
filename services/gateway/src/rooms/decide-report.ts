import {decideReport as writeDecision} from '@madang/database/rooms/reports';
import type {DecideReportInput, DecideReportResult} from '@madang/protocol/reports';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Decides about a report and carries that out, in one transaction. The same decision again changes nothing. */
export const decideReport: Handler<
  SignedInContext<RoomsNeeds>,
  DecideReportInput,
  DecideReportResult
> = async (ctx, input) => {
  const {node, caller} = ctx;
  const judge = {tenantId: caller.tenantId, actorId: actorOf(caller).id};
  const {report, roomId, userId, frame} = await writeDecision(node.db, judge, input, ctx);
  if (frame) node.broadcast.frame(frame);
  if (roomId !== undefined && userId !== undefined) node.broadcast.signal({kind: 'user', userId, roomId});
  return {report};
};
