/** The priority of libuv's threads, which hash passwords, read files and look up names beside the event loop. */
import {randomBytes} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {setPriority} from 'node:os';
import {promisify} from 'node:util';

/** With Linux' weights the event loop then gets nine tenths of a core that both want. */
const nice = 10;

/**
 * Gives the event loop priority where cores are short: a flood of passwords then delays sign-ins rather than messages.
 * Linux alone has priorities per thread; elsewhere nothing happens. Resolves to the number of threads it slowed.
 */
export async function yieldToEventLoop(): Promise<number> {
  if (process.platform !== 'linux') return 0;
  // Libuv starts its threads when it gets its first work.
  await promisify(randomBytes)(1);
  const threads = readdirSync('/proc/self/task').filter(isLibuvThread).map(Number);
  for (const thread of threads) setPriority(thread, nice);
  return threads.length;
}

function isLibuvThread(thread: string): boolean {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('libuv-worker');
  } catch {
    // The thread has ended meanwhile.
    return false;
  }
}
