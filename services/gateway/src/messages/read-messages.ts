import {readMessages as selectMessages} from '@madang/database/messages/import';
import type {ReadMessagesInput, ReadMessagesResult} from '@madang/protocol/messages';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Returns the hits of a product's own search: the messages at these places that the service may read. */
export const readMessages: Handler<
  SignedInContext<MessagesNeeds>,
  ReadMessagesInput,
  ReadMessagesResult
> = async ({node, caller}, {at}) => {
  const {tenantId, user} = caller;
  const reader = {tenantId, userId: user.id, actorId: actorOf(caller).id};
  return {messages: await selectMessages(node.db, reader, at)};
};
