import {addApiKeyByKey} from '@madang/database/access/api-keys';
import {ChatError} from '@madang/protocol/errors';
import type {CreateKeyInput, CreateKeyResult} from '@madang/protocol/keys';
import type {Handler, SignedInContext} from '../context.ts';
import type {KeysNeeds} from './needs.ts';

/** The cluster's own service in every tenant: it owns the default room. */
const ownService = 'madang';

/** Makes a key within the scopes of the calling key. Only this answer contains the secret. */
export const createKey: Handler<SignedInContext<KeysNeeds>, CreateKeyInput, CreateKeyResult> = async (
  {node, caller, address, requestId},
  input,
) => {
  if (input.service === ownService) {
    throw new ChatError('conflict', {message: 'This name is the cluster’s own. Choose another.'});
  }
  const {tenantId, sessionHash: keyHash} = caller;
  const made = await addApiKeyByKey(node.db, {...input, keyHash, tenantId}, {address, requestId});
  if (input.replaces !== undefined) node.broadcast.signal({kind: 'session', keyId: input.replaces});
  return made;
};
