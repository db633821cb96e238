import type {MarkReadInput, MarkReadResult} from '@madang/protocol/presence';
import type {Handler, MemberContext} from '../context.ts';
import type {ReceiptsNeeds} from './needs.ts';

/** Moves the caller's read mark forward or, with `back`, backwards, and tells the caller's other devices. */
export const markRead: Handler<MemberContext<ReceiptsNeeds>, MarkReadInput, MarkReadResult> = (
  {node, member, connection},
  {seq, back},
) =>
  back ? node.readMarks.back(member, seq, connection?.id) : node.readMarks.mark(member, seq, connection?.id);
