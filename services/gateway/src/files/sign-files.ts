import type {SignFilesInput, SignFilesResult} from '@madang/protocol/files';
import type {Handler, SignedInContext} from '../context.ts';
import {signFile} from './file-signatures.ts';
import type {FilesNeeds} from './needs.ts';

/**
 * Gives addresses of images that need no credential for an hour, for pages that show them as `<img>` and sign in by token.
 * Each use asks whether the user, or the key by which the user or service came, may see the image now.
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
