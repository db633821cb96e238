import {importMessages as storeAll} from '@madang/database/messages/import';
import type {ImportMessagesInput, ImportMessagesResult} from '@madang/protocol/messages';
import type {Handler, ManagerContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Stores past messages in an archived room, with their own times. Safe to repeat: each clientId is stored once. */
export const importMessages: Handler<
  ManagerContext<MessagesNeeds>,
  ImportMessagesInput,
  ImportMessagesResult
> = async ({node, manager}, {roomId, messages}) => {
  const {head, results} = await storeAll(node.db, manager, messages);
  node.usage.stored(manager.tenantId, results.filter(({duplicate}) => !duplicate).length);
  // They may exceed a frame, and services that read along can wait for them.
  node.broadcast.catchUp({roomId, rev: head});
  return {results};
};
