import {editMessage as writeText} from '@madang/database/messages/messages';
import type {ChangeMessageResult, EditMessageInput} from '@madang/protocol/messages';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, MemberContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Replaces the given text and data in one of the caller's own messages. It keeps its seq and gets a new rev. */
export const editMessage: Handler<
  MemberContext<MessagesNeeds>,
  EditMessageInput,
  ChangeMessageResult
> = async (ctx, input) => {
  const {seq, rev, frame} = await writeText(
    ctx.node.db,
    {...ctx.member, actorId: actorOf(ctx.caller).id},
    {
      seq: input.seq,
      text: input.text,
      data: input.data,
    },
  );
  ctx.node.broadcast.frame(frame);
  return {seq, rev};
};
