import type {SignFilesInput, SignFilesResult} from '@madang/protocol/files';
import type {Handler, SignedInContext} from '../context.ts';
import {signFile} from './file-signatures.ts';
import type {FilesNeeds} from './needs.ts';

/**
 * Returns image addresses that work without a credential for an hour, for pages that show them as `<img>` and sign in
 * by token. Each use checks whether the user, or the key of the caller, may see the image now.
 */
export const signFiles: Handler<SignedInContext<FilesNeeds>, SignFilesInput, SignFilesResult> = async (
  {node, caller},
  {ids},
) => {
  const reader = {tenantId: caller.tenantId, userId: caller.user.id, keyId: caller.key?.id};
  const files = ids.map((id) => {
    const {signature, expiresAt} = signFile(id, reader, node.config.SESSION_SECRET);
    const query = new URLSearchParams({signature});
    const url = `/api/v1/files/${id}`;
    return {id, url: `${url}?${query}`, thumbnailUrl: `${url}/thumbnail?${query}`, expiresAt};
  });
  return {files};
};
