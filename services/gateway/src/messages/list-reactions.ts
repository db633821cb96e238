import {listReactions as selectReactions} from '@madang/database/messages/reactions';
import type {ListReactionsInput, ListReactionsResult} from '@madang/protocol/reactions';
import type {Handler, ReaderContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Pages through those who reacted to a message that the reader may see. */
export const listReactions: Handler<ReaderContext<MessagesNeeds>, ListReactionsInput, ListReactionsResult> = (
  {node, reading},
  {seq, emoji, after},
) => selectReactions(node.db, reading, {seq, emoji, after});
