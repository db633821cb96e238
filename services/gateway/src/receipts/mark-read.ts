import {markThreadRead} from '@madang/database/messages/threads';
import type {MarkReadInput, MarkReadResult} from '@madang/protocol/presence';
import type {Handler, MemberContext} from '../context.ts';
import type {ReceiptsNeeds} from './needs.ts';

type Context = MemberContext<ReceiptsNeeds>;

/**
 * Moves the caller's read mark forward or, with `back`, backwards, and tells the caller's other devices. With `threadOf` it
 * is the mark of a thread.
 */
export const markRead: Handler<Context, MarkReadInput, MarkReadResult> = (ctx, {seq, back, threadOf}) => {
  const {node, member, connection} = ctx;
  if (threadOf !== undefined) return markThread(ctx, {seq, back, threadOf});
  return back
    ? node.readMarks.back(member, seq, connection?.id)
    : node.readMarks.mark(member, seq, connection?.id);
};

/** The room's mark stays, but not the number of its inbox items that are unread. */
async function markThread(
  {node, member, connection}: Context,
  place: {threadOf: number; seq: number; back: boolean | undefined},
): Promise<MarkReadResult> {
  const {roomId, userId} = member;
  const {items, ...mark} = await markThreadRead(node.db, member, place);
  if (items > 0) {
    node.broadcast.emit({user: userId}, 'room:read', {roomId, ...mark}, connection?.id);
    node.broadcast.signal({kind: 'notified', userIds: [userId]});
  }
  return mark;
}
