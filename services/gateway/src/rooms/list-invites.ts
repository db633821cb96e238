import {listInvites as readInvites} from '@madang/database/rooms/invites';
import type {ListInvitesInput, ListInvitesResult} from '@madang/protocol/invites';
import type {Handler, ManagerContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Lists the invites of a room that are good. */
export const listInvites: Handler<ManagerContext<RoomsNeeds>, ListInvitesInput, ListInvitesResult> = ({
  node,
  manager,
}) => readInvites(node.db, manager);
