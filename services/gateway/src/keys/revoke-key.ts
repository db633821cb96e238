import {revokeApiKeyByKey} from '@madang/database/access/api-keys';
import type {KeyResult, RevokeKeyInput} from '@madang/protocol/keys';
import type {Handler, SignedInContext} from '../context.ts';
import type {KeysNeeds} from './needs.ts';

/** Revokes a key of the tenant, which may be the calling one. A repeat changes nothing. */
export const revokeKey: Handler<SignedInContext<KeysNeeds>, RevokeKeyInput, KeyResult> = async (
  {node, caller, address, requestId},
  {id, sessions = true},
) => {
  const input = {keyHash: caller.sessionHash, id, sessions};
  const {key, isNews} = await revokeApiKeyByKey(node.db, input, {address, requestId});
  if (isNews) node.broadcast.signal({kind: 'session', keyId: id});
  return {key};
};
