import {listMessages as selectMessages} from '@madang/database/messages/messages';
import type {ListMessagesInput, ListMessagesResult} from '@madang/protocol/messages';
import type {Handler, MemberContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Pages through a room's whole history, newest first; members may also read what was said before they joined. */
export const listMessages: Handler<MemberContext<MessagesNeeds>, ListMessagesInput, ListMessagesResult> = (
  {node, member},
  input,
) => selectMessages(node.db, member, {before: input.before, limit: input.limit});
