/** Lowers the priority of libuv's threads, which hash passwords, read files and look up names beside the event loop. */
import {randomBytes} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {setPriority} from 'node:os';
import {promisify} from 'node:util';

/**
 * With Linux's weights, the event loop gets nine tenths of a core that it shares with one thread, and seven tenths with
 * four.
 */
const nice = 10;

/**
 * Gives the event loop priority when CPU time is short: a flood of passwords then delays sign-ins rather than messages.
 * Only Linux has a priority per thread; on other systems this does nothing.
 */
export async function yieldToEventLoop(): Promise<void> {
  if (process.platform !== 'linux') return;
  // Libuv starts its threads when it gets its first work.
  await promisify(randomBytes)(1);
  const threads = readdirSync('/proc/self/task').filter(isLibuvThread).map(Number);
  for (const thread of threads) setPriority(thread, nice);
}

function isLibuvThread(thread: string): boolean {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('libuv-worker');
  } catch {
    // The thread has ended in the meantime.
    return false;
  }
}
