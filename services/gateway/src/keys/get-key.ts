import {getApiKey} from '@madang/database/access/key-list';
import type {KeyIdInput, KeyResult} from '@madang/protocol/keys';
import type {Handler, SignedInContext} from '../context.ts';
import type {KeysNeeds} from './needs.ts';

export const getKey: Handler<SignedInContext<KeysNeeds>, KeyIdInput, KeyResult> = async (
  {node, caller},
  {id},
) => {
  const {key} = await getApiKey(node.db, {id, tenantId: caller.tenantId});
  return {key};
};
