/**
 * Memory of Redis that is held for writes which must not fail: a full Redis refuses every write that may need more, but
 * still deletes. The reserve is a list; each piece that is dropped makes room for about thirty sessions.
 */
import type {RedisClients} from './clients.ts';
import {readFigures, type Figures} from './figures.ts';

export type Reserve = {
  /** Tops the reserve up where Redis has room, and reads how full Redis is. Call it more often than `keptMs`. */
  keep(): Promise<Figures>;
  /** Writes; where Redis is full, drops pieces one at a time until the write succeeds or none is left. */
  write<T>(act: () => Promise<T>): Promise<T>;
};

const pieces = 64;
const bytesEach = 16 * 1024;
/** Above this share of its memory Redis keeps what it has left for data. */
const fullestShare = 0.9;
/** An installation that is gone leaves nothing behind. */
const keptMs = 600_000;

export function createReserve({
  commands,
  sessions,
  keys,
}: Pick<RedisClients, 'commands' | 'sessions' | 'keys'>): Reserve {
  return {
    async keep() {
      const figures = await readFigures({commands});
      await commands.reserveKeep(keys.reserve, hasRoom(figures) ? pieces : 0, bytesEach, keptMs);
      return figures;
    },
    async write(act) {
      for (;;) {
        try {
          return await act();
        } catch (error) {
          if (!isFull(error) || (await sessions.lpop(keys.reserve)) === null) throw error;
        }
      }
    },
  };
}

function hasRoom({memoryBytes, maxMemoryBytes}: Figures): boolean {
  return maxMemoryBytes === 0 || memoryBytes + pieces * bytesEach <= maxMemoryBytes * fullestShare;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM');
}
