/**
 * Memory in Redis that is reserved for writes that must not fail. A full Redis refuses every write that may need more
 * memory, but still deletes. The reserve is a list; each dropped piece makes room for about thirty sessions.
 */
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';
import {readFigures, type Figures} from './figures.ts';

export type Reserve = {
  /** Fills the reserve up if Redis has room, and reads how full Redis is. Call it more often than `keptMs`. */
  keep(): Promise<Figures>;
  /** Runs a write. If Redis is full, it drops pieces one at a time until the write succeeds or none is left. */
  write<T>(act: () => Promise<T>): Promise<T>;
};

const pieces = 64;
const bytesEach = 16 * 1024;
/** Above this share of its memory, Redis keeps the remaining memory for data. */
const fullestShare = 0.9;
/** Use of the reserve is logged once in this time, so a storm of sign-ins is one event. */
const saidEveryMs = 60_000;
/** The reserve expires after this time, so an installation that is gone leaves nothing behind. */
const keptMs = 600_000;

export function createReserve(
  {commands, sessions, keys}: Pick<RedisClients, 'commands' | 'sessions' | 'keys'>,
  log: Pick<Logger, 'warn'>,
): Reserve {
  let saidAt = -Infinity;

  /** Makes room by dropping one piece. Returns false if none is left. */
  async function giveUpPiece(): Promise<boolean> {
    const piece = await sessions.lpop(keys.reserve);
    if (performance.now() - saidAt < saidEveryMs) return piece !== null;
    saidAt = performance.now();
    const left = piece === null ? 0 : await sessions.llen(keys.reserve);
    log.warn({left, of: pieces}, 'Redis is full: sessions of accounts are stored out of the reserve');
    return piece !== null;
  }

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
          if (!isFull(error) || !(await giveUpPiece())) throw error;
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
