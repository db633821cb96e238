import {listMessages as selectMessages} from '@madang/database/messages/messages';
import {listAfter, listAround, listPinned, listThread} from '@madang/database/messages/pages';
import type {ListMessagesInput, ListMessagesResult} from '@madang/protocol/messages';
import type {Handler, ReaderContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/**
 * Pages through a room's history, newest first, or reads another part of it. Messages from before the reader joined
 * require the grant `history`.
 */
export const listMessages: Handler<ReaderContext<MessagesNeeds>, ListMessagesInput, ListMessagesResult> = (
  {node, reading},
  {before, around, after, threadOf, pinned, limit},
) => {
  if (around !== undefined) return listAround(node.db, reading, {around, limit});
  if (after !== undefined) return listAfter(node.db, reading, {after, limit});
  if (threadOf !== undefined) return listThread(node.db, reading, {threadOf, before, limit});
  if (pinned) return listPinned(node.db, reading, {before, limit});
  return selectMessages(node.db, reading, {before, limit});
};
