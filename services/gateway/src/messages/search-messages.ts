import {searchMessages as findMessages} from '@madang/database/search/search-messages';
import type {SearchMessagesInput, SearchMessagesResult} from '@madang/protocol/search';
import {readerOf} from '../calls/access.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Searches the messages that message:list would show the caller at this moment. Safe to repeat. */
export const searchMessages: Handler<
  SignedInContext<MessagesNeeds>,
  SearchMessagesInput,
  SearchMessagesResult
> = (ctx, input) => findMessages(ctx.node.db, {...readerOf(ctx), tenantId: ctx.caller.tenantId}, input);
