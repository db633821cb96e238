import {listMessages as selectMessages} from '@madang/database/messages/messages';
import type {ListMessagesInput, ListMessagesResult} from '@madang/protocol/messages';
import type {Handler, ReaderContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Pages through a room's history, newest first. Messages from before the reader joined require the grant `history`. */
export const listMessages: Handler<ReaderContext<MessagesNeeds>, ListMessagesInput, ListMessagesResult> = (
  {node, reading},
  input,
) => selectMessages(node.db, reading, {before: input.before, limit: input.limit});
