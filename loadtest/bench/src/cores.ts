import {spawnSync} from 'node:child_process';
import {availableParallelism} from 'node:os';

/** The core that only the server under measurement uses. Everything else runs on the other cores. */
export const serverCore = 0;

const attempts = 5;

/** Keeps this process, and everything that it starts from now on, off the server's core. */
export function leaveServerCore(): void {
  const cores = availableParallelism();
  if (process.platform !== 'linux' || cores < 2)
    throw new Error('the bench needs Linux and two cores: one for the server, one for everything else');
  const args = ['-a', '-p', '-c', `${serverCore + 1}-${cores - 1}`, String(process.pid)];
  let said = '';
  // taskset fails when a thread ends between being listed and being moved.
  for (let attempt = 0; attempt < attempts; attempt++) {
    const {status, stderr, error} = spawnSync('taskset', args, {encoding: 'utf8'});
    if (status === 0) return;
    said = error?.message ?? stderr.trim();
  }
  throw new Error(`the bench cannot keep off the server's core: ${said}`);
}

/** The command line that runs a program on the server's core. */
export function onServerCore(command: string, args: string[]): {command: string; args: string[]} {
  return {command: 'taskset', args: ['-c', String(serverCore), command, ...args]};
}
