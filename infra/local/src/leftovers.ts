import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {identifyProcess} from './process-identity.ts';

/** What a run directory notes about a started process. */
export interface Leftover {
  name: string;
  pid: number;
  identity: string;
  stopSignal: NodeJS.Signals;
  isStore: boolean;
}

// A left-over gateway has lost its balancer, so waiting for its whole drain would help nobody.
const END_WITHIN_MS = 3_000;
// A checkpoint may take a while; a killed Postgres recovers, but slowly.
const END_STORE_WITHIN_MS = 10_000;

/**
 * Ends the processes that an earlier, crashed run has left behind, the stores last; returns their names.
 *
 * Safe to run twice, also at once: a process is signalled only while it is the very one that was noted.
 */
export async function endLeftovers(runDir: string): Promise<string[]> {
  const all = readNotes(runDir);
  const alive = all.filter(({leftover}) => isAlive(leftover));
  const users = alive.filter(({leftover}) => !leftover.isStore);
  const stores = alive.filter(({leftover}) => leftover.isStore);
  await Promise.all(users.map(({leftover}) => end(leftover, END_WITHIN_MS)));
  await Promise.all(stores.map(({leftover}) => end(leftover, END_STORE_WITHIN_MS)));
  for (const {file} of all) rmSync(file, {force: true});
  return alive.map(({leftover}) => leftover.name);
}

function readNotes(runDir: string): {file: string; leftover: Leftover}[] {
  let names: string[];
  try {
    names = readdirSync(runDir).filter((name) => name.endsWith('.child.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const file = join(runDir, name);
    try {
      return [{file, leftover: JSON.parse(readFileSync(file, 'utf8')) as Leftover}];
    } catch {
      // Removed in the meantime, or cut off by a crash in the middle of writing.
      rmSync(file, {force: true});
      return [];
    }
  });
}

async function end(leftover: Leftover, withinMs: number): Promise<void> {
  signal(leftover, leftover.stopSignal);
  signal(leftover, 'SIGCONT');
  const deadline = performance.now() + withinMs;
  while (isAlive(leftover) && performance.now() < deadline) await delay(50);
  while (isAlive(leftover)) {
    signal(leftover, 'SIGKILL');
    await delay(50);
  }
}

function isAlive({pid, identity}: Leftover): boolean {
  return identity !== '' && identifyProcess(pid) === identity;
}

function signal(leftover: Leftover, name: NodeJS.Signals): void {
  try {
    if (isAlive(leftover)) process.kill(leftover.pid, name);
  } catch {
    // It has gone in the meantime.
  }
}
