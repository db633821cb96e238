import {deleteMessage as blankMessage} from '@madang/database/messages/messages';
import type {ChangeMessageResult, DeleteMessageInput} from '@madang/protocol/messages';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, ManagerContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Deletes the caller's own message; a moderator or service may delete any. Idempotent: a repeat gets the same rev. */
export const deleteMessage: Handler<
  ManagerContext<MessagesNeeds>,
  DeleteMessageInput,
  ChangeMessageResult
> = async (ctx, input) => {
  const manager = {...ctx.manager, actorId: actorOf(ctx.caller).id};
  const {seq, rev, frame} = await blankMessage(ctx.node.db, manager, input, ctx);
  if (frame) ctx.node.broadcast.frame(frame);
  return {seq, rev};
};
