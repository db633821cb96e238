import {listThreads as selectThreads} from '@madang/database/messages/threads';
import type {ListThreadsInput, ListThreadsResult} from '@madang/protocol/threads';
import type {Handler, SignedInContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Pages through the threads that the caller follows, those with the last replies first. */
export const listThreads: Handler<SignedInContext<MessagesNeeds>, ListThreadsInput, ListThreadsResult> = (
  {node, caller},
  {after},
) => selectThreads(node.db, {userId: caller.user.id, after});
