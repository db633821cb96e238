import {ChatError} from '@madang/protocol/errors';
import type {Attachment} from '@madang/protocol/messages';
import {newId} from '../ids.ts';
import {call, type Database} from '../connections/pool.ts';
import type {Reader} from '../rooms/membership.ts';

export type NewFile = {
  tenantId: string;
  userId: string;
  name: string;
  type: string;
  width: number;
  height: number;
  image: Buffer;
  thumbnail: {type: string; image: Buffer};
  /** How many bytes the user may store, this image included. */
  quotaBytes: number;
};

const insertFileStatement = {
  name: 'insert_attachment',
  text: 'select insert_attachment($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as answer',
};

/** Stores an image, which only its uploader sees until it is sent. Throws `too_large` if the user stores too much. */
export function insertFile(db: Database, file: NewFile): Promise<Attachment> {
  const {tenantId, userId, name, type, width, height, image, thumbnail, quotaBytes} = file;
  return call(db, insertFileStatement, [
    newId(),
    tenantId,
    userId,
    name,
    type,
    width,
    height,
    image,
    thumbnail.type,
    thumbnail.image,
    quotaBytes,
  ]);
}

export type Variant = 'image' | 'thumbnail';
export type FoundFile = {id: string; name: string; type: string; size: number};

const findFileStatement = {
  name: 'find_image',
  text: 'select find_image($1, $2, $3, $4, $5, $6) as answer',
};

/** Finds an image that the user may see now; otherwise throws the reason. */
export function findFile(
  db: Database,
  file: Reader & {tenantId: string; fileId: string; variant: Variant},
): Promise<FoundFile> {
  const {tenantId, userId, actorId = userId, readsAlong = false, fileId, variant} = file;
  return call(db, findFileStatement, [tenantId, userId, actorId, readsAlong, fileId, variant]);
}

const readBlobStatement = {
  name: 'read_blob',
  text: `select substring(bytes from $3::int + 1 for $4::int) as part from blobs where attachment_id = $1 and variant = $2`,
};
// How much a node keeps in memory for a slow reader.
const partBytes = 256 * 1024;

/** Reads an image part by part, each on request. Throws `not_found` if it is deleted meanwhile. */
export async function* readBlob(
  db: Database,
  {id, size, variant}: {id: string; size: number; variant: Variant},
): AsyncGenerator<Buffer> {
  for (let from = 0; from < size; from += partBytes) {
    const [row] = await db.query<{part: Buffer}>(readBlobStatement, [id, variant, from, partBytes]);
    if (row === undefined) throw new ChatError('not_found');
    yield row.part;
  }
}

const collectFilesStatement = {
  name: 'collect_files',
  text: `select collect_files(clock_ms() - $1 * interval '1 millisecond', $2) as collected`,
};

/** Deletes up to `limit` images that were released, or not sent for that long; returns how many. */
export async function collectFiles(
  db: Database,
  {unsentMs, limit}: {unsentMs: number; limit: number},
): Promise<number> {
  const [row] = await db.query<{collected: number}>(collectFilesStatement, [unsentMs, limit]);
  return row!.collected;
}
