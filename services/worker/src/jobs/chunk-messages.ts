import type {Database} from '@madang/database/connections/pool';
import {createRoomChunker} from '@madang/database/search/room-chunker';
import type {Job} from '../job.ts';

const minute = 60_000;

/**
 * Makes search chunks of what the projector leaves: of messages older than the release that brought search, newest first,
 * and of rooms that have gone quiet before a chunk was full. Until then a search reads the latter directly, and says that
 * it has not searched the former.
 */
export function createChunkMessages(
  db: Database,
  {quietMs = 10 * minute, everyMs = minute}: {quietMs?: number; everyMs?: number} = {},
): Job & {close(): Promise<void>} {
  const chunker = createRoomChunker(db, {quietMs});
  return {name: 'chunk-messages', everyMs, run: () => chunker.next(), close: () => chunker.close()};
}
