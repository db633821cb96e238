import type {MarkReadInput, MarkReadResult} from '@madang/protocol/presence';
import type {Handler, MemberContext} from '../context.ts';
import type {ReceiptsNeeds} from './needs.ts';

/** Moves the caller's read mark forward, never back, and tells the caller's other devices. */
export const markRead: Handler<MemberContext<ReceiptsNeeds>, MarkReadInput, MarkReadResult> = (
  {node, member, connection},
  {seq},
) => node.readMarks.mark(member, seq, connection?.id);
