/** Goes through all rooms, again and again, and chunks what the projector leaves. */
import type {Connection} from '../connections/connection.ts';
import type {Database} from '../connections/pool.ts';
import {toChatError} from '../connections/sqlstate.ts';
import type {Run} from '../jobs/numbered-moves.ts';
import {chunkRoom, listUnchunkedRooms} from './chunks.ts';

export type RoomChunker = {
  /** Does a piece: looks at some rooms, or chunks messages of one. Returns how much it did; 0 after the last room. */
  next(): Promise<number>;
  close(): Promise<void>;
};

export type RoomChunkerOptions = {
  /** A room's messages that fill no chunk become one when they are that old. */
  quietMs: number;
  /** Rooms that a piece looks at. */
  rooms?: number;
  /** Pieces of one room before the next room has its turn. */
  turns?: number;
  deadlineMs?: number;
};

const begin = {name: '', text: 'begin'};
const commit = {name: '', text: 'commit'};

/**
 * What it does follows from the chunks that are there. So it may be cut off anywhere, run twice, and begin again with the
 * first room.
 */
export function createRoomChunker(
  db: Database,
  {quietMs, rooms = 500, turns = 50, deadlineMs = 5_000}: RoomChunkerOptions,
): RoomChunker {
  let connection: Connection | undefined;
  let due: {tenantId: string; roomId: string}[] = [];
  let after: string | undefined;
  let turn = 0;

  async function piece(run: Run): Promise<number> {
    const quietBefore = new Date(Date.now() - quietMs);
    const [room] = due;
    if (!room) {
      const page = await listUnchunkedRooms(run, {after, limit: rooms, quietBefore});
      ({due, next: after} = page);
      return due.length > 0 || after !== undefined ? 1 : 0;
    }
    await run(begin, []);
    const done = await chunkRoom(run, {...room, quietBefore});
    await run(commit, []);
    turn += 1;
    if (done === 0 || turn >= turns) {
      due.shift();
      turn = 0;
    }
    const isLast = due.length === 0 && after === undefined;
    return isLast ? 0 : Math.max(1, done);
  }

  return {
    async next() {
      try {
        if (!connection?.isOpen) connection = await db.connect({name: 'chunker'});
        const {query} = connection;
        return await piece((statement, values) => query(statement, values, deadlineMs));
      } catch (error) {
        // The server rolls back what was not committed.
        connection?.destroy();
        throw toChatError(error);
      }
    },
    async close() {
      await connection?.close();
    },
  };
}
