import {randomUUID} from 'node:crypto';
import type {RedisClients} from './clients.ts';

/**
 * Runs the work unless another process is doing it. Returns whether it ran.
 *
 * The lock is a lease. It ends with the work, or after `ttlMs` if this process dies or is slow; then two may overlap. Use
 * it for work that is wasteful to do twice, not for work that is wrong to do twice. Rejects when Redis is away.
 */
export async function runLocked(
  {commands, keys}: RedisClients,
  name: string,
  ttlMs: number,
  work: () => Promise<void>,
): Promise<boolean> {
  const key = keys.lock(name);
  const token = randomUUID();
  if ((await commands.set(key, token, 'PX', ttlMs, 'NX')) !== 'OK') return false;
  try {
    await work();
  } finally {
    // A failed release is not a failure of the work, because the lease ends by itself.
    await commands.lockRelease(key, token).catch(() => {});
  }
  return true;
}
