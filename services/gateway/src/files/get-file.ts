import {findFile, readBlob, type Variant} from '@madang/database/files/files';
import type {FileIdInput} from '@madang/protocol/files';
import {readerOf} from '../calls/access.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {FilesNeeds} from './needs.ts';
import type {ServedFile} from './transfer.ts';

/** Returns an image or its thumbnail to callers who may see it now. Checks rights each time, even for cached copies. */
export function getFile(variant: Variant): Handler<SignedInContext<FilesNeeds>, FileIdInput, ServedFile> {
  return async (ctx, {fileId}) => {
    const {node, tenantId} = ctx;
    const {name, type, size} = await findFile(node.db, {...readerOf(ctx), tenantId, fileId, variant});
    const parts = readBlob(node.db, {id: fileId, size, variant});
    return {name, type, size, tag: `${fileId}.${variant}`, parts};
  };
}
