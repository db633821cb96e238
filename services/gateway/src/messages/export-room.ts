import {exportRoom as readAll} from '@madang/database/messages/import';
import type {ExportLine, ExportRoomInput} from '@madang/protocol/messages';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Returns everything in a room that the service may read, line by line. The audit log records the export. */
export const exportRoom: Handler<
  SignedInContext<MessagesNeeds>,
  ExportRoomInput,
  AsyncIterable<ExportLine>
> = (ctx, {roomId}) => {
  const {node, tenantId, caller} = ctx;
  return readAll(node, {tenantId, roomId, userId: actorOf(caller).id}, ctx);
};
