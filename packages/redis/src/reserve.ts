/**
 * Memory in Redis that is reserved for writes that must not fail. A full Redis refuses every write that may need more
 * memory, but still deletes. The reserve of a shard is a list; each dropped piece makes room for about thirty sessions.
 */
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';
import {readFigures, type Figures} from './figures.ts';

export type Reserve = {
  /** Fills the reserve up if Redis has room, and reads how full Redis is. Call it more often than `keptMs`. */
  keep(): Promise<Figures>;
  /** Runs a write of this key. If its shard is full, drops pieces one at a time until it succeeds or none is left. */
  write<T>(key: string, act: () => Promise<T>): Promise<T>;
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
  clients: Pick<RedisClients, 'commands' | 'sessions' | 'keys' | 'tags' | 'tagOf' | 'infos'>,
  log: Pick<Logger, 'warn'>,
): Reserve {
  const {commands, sessions, keys} = clients;
  let saidAt = -Infinity;

  /** Makes room by dropping one piece. Returns false if none is left. */
  async function giveUpPiece(reserve: string): Promise<boolean> {
    const piece = await sessions.lpop(reserve);
    if (performance.now() - saidAt < saidEveryMs) return piece !== null;
    saidAt = performance.now();
    const left = piece === null ? 0 : await sessions.llen(reserve);
    log.warn({left, of: pieces}, 'Redis is full: sessions of accounts are stored out of the reserve');
    return piece !== null;
  }

  return {
    async keep() {
      const figures = await readFigures(clients);
      const wanted = hasRoom(figures) ? pieces : 0;
      const keep = (tag: string) => commands.reserveKeep(keys.reserve(tag), wanted, bytesEach, keptMs);
      await Promise.all(clients.tags().map(keep));
      return figures;
    },
    async write(key, act) {
      for (;;) {
        try {
          return await act();
        } catch (error) {
          if (!isFull(error) || !(await giveUpPiece(keys.reserve(clients.tagOf(key))))) throw error;
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
