import {insertFile} from '@madang/database/files/files';
import type {UploadResult} from '@madang/protocol/files';
import type {Handler, SignedInContext} from '../context.ts';
import {imageLimits} from './image-limits.ts';
import {uploadBytesADay} from '../calls/rate-rules.ts';
import {nameFor} from './name-for.ts';
import type {FilesNeeds} from './needs.ts';
import type {Upload} from './transfer.ts';

/**
 * Stores an image, encoded again, which its uploader may then send with a message. Until then nobody else sees it. An
 * image that is not sent within an hour is removed. A retry stores another image.
 */
export const uploadFile: Handler<SignedInContext<FilesNeeds>, {file?: unknown}, UploadResult> = async (
  ctx,
  input,
) => {
  const {node, caller} = ctx;
  const {name, bytes, waitedMs} = await (input.file as Upload).read();
  if (!caller.key) {
    await node.limits.take(uploadBytesADay(node.config.UPLOAD_BYTES_PER_DAY), caller.user.id, bytes.length);
  }
  const {image, thumbnail, ...shape} = await node.images.convert(bytes, {
    withinMs: imageLimits.patienceMs - waitedMs,
  });
  const attachment = await insertFile(node.filesDb, {
    ...shape,
    tenantId: caller.tenantId,
    userId: caller.user.id,
    name: nameFor(name, shape.type),
    image: asBuffer(image),
    thumbnail: {type: thumbnail.type, image: asBuffer(thumbnail.image)},
    quotaBytes: node.config.UPLOAD_BYTES_PER_USER,
  });
  return {attachment};
};

function asBuffer({buffer, byteOffset, byteLength}: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
