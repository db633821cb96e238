/** How full Redis is, asked now and then: above `maxmemory` it refuses every write, sessions of accounts included. */
import type {RedisClients} from '@madang/redis/clients';
import {readFigures} from '@madang/redis/figures';

export type RedisMemory = {
  /** From 0 to 1, as of a second ago; 0 where Redis has no limit or does not answer. */
  share(): number;
  close(): void;
};

const everyMs = 1_000;

export function watchRedisMemory(redis: Pick<RedisClients, 'commands'>): RedisMemory {
  let share = 0;
  let isAsking = false;
  async function ask(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    try {
      const {memoryBytes, maxMemoryBytes} = await readFigures(redis);
      share = maxMemoryBytes === 0 ? 0 : memoryBytes / maxMemoryBytes;
    } catch {
      share = 0;
    } finally {
      isAsking = false;
    }
  }
  void ask();
  const timer = setInterval(() => void ask(), everyMs).unref();
  return {share: () => share, close: () => clearInterval(timer)};
}
