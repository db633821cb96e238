import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {identifyProcess} from './process-identity.ts';

/** What a run directory records about a started process. */
export interface Leftover {
  name: string;
  pid: number;
  identity: string;
  /** The process that started it. */
  owner: {pid: number; identity: string};
  stopSignal: NodeJS.Signals;
  isStore: boolean;
}

// A left-over gateway has lost its balancer, so waiting for its whole drain is pointless.
const END_WITHIN_MS = 3_000;
// A checkpoint may take a while; a killed Postgres recovers, but slowly.
const END_STORE_WITHIN_MS = 10_000;

/**
 * Ends the processes that an earlier, crashed run has left behind, the stores last. Returns their names.
 *
 * Safe to run twice, also at the same time and while the next run starts in the same directory. A process is signalled only
 * if it is the very one that was recorded, and left alone while the one that started it lives.
 */
export async function endLeftovers(runDir: string): Promise<string[]> {
  const all = readNotes(runDir).filter(({leftover}) => !isAlive(leftover.owner));
  const alive = all.filter(({leftover}) => isAlive(leftover));
  const users = alive.filter(({leftover}) => !leftover.isStore);
  const stores = alive.filter(({leftover}) => leftover.isStore);
  await Promise.all(users.map(({leftover}) => end(leftover, END_WITHIN_MS)));
  await Promise.all(stores.map(({leftover}) => end(leftover, END_STORE_WITHIN_MS)));
  for (const {file, leftover} of all) removeNote(file, leftover);
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
    const leftover = readNote(file);
    return leftover ? [{file, leftover}] : [];
  });
}

/** Returns undefined when the file was removed in the meantime, or cut off by a crash during the write. */
function readNote(file: string): Leftover | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Leftover;
  } catch {
    return undefined;
  }
}

/** The next run may have written the same file for its own process. */
function removeNote(file: string, leftover: Leftover): void {
  if (readNote(file)?.pid === leftover.pid) rmSync(file, {force: true});
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

function isAlive({pid, identity}: {pid: number; identity: string}): boolean {
  return identity !== '' && identifyProcess(pid) === identity;
}

function signal(leftover: Leftover, name: NodeJS.Signals): void {
  try {
    if (isAlive(leftover)) process.kill(leftover.pid, name);
  } catch {
    // The process has ended in the meantime.
  }
}
