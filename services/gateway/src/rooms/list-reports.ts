import {listReports as readReports} from '@madang/database/rooms/reports';
import type {ListReportsInput, ListReportsResult} from '@madang/protocol/reports';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Lists the reports that the caller may decide about: of rooms that they moderate or, for administrators, of all. */
export const listReports: Handler<SignedInContext<RoomsNeeds>, ListReportsInput, ListReportsResult> = (
  {node, caller},
  input,
) => readReports(node.db, {tenantId: caller.tenantId, actorId: actorOf(caller).id}, input);
