/** How full Redis is, read regularly. Each read also tops up the reserve for the sessions of accounts. */
import {shareOf} from '@madang/redis/figures';
import type {Reserve} from '@madang/redis/reserve';

export type RedisMemory = {
  /** From 0 to 1, as of a second ago; 0 if Redis has no limit or does not answer. */
  share(): number;
  close(): void;
};

const everyMs = 1_000;

export function watchRedisMemory(reserve: Pick<Reserve, 'keep'>): RedisMemory {
  let share = 0;
  let isAsking = false;
  async function ask(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    try {
      share = shareOf(await reserve.keep());
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
