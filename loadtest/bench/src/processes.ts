/** The CPU and memory of processes, as Linux counts them under /proc. */
import {readdirSync, readFileSync} from 'node:fs';

// Linux fixes the unit of these counters for programs, whatever the kernel's own tick is.
const msPerTick = 10;

/**
 * Returns the CPU time of a process since its start, for all threads. With its children, it includes those that have ended.
 */
export function cpuMs(pid: number, {children = false} = {}): number {
  const own = readStat(pid);
  if (!children) return own.cpuMs;
  const running = childrenOf(pid).map((child) => readStat(child).cpuMs);
  return own.cpuMs + own.endedChildrenMs + running.reduce((sum, ms) => sum + ms, 0);
}

export function rssKiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]);
}

/** Returns the time that a core was busy, with any process. */
export function coreBusyMs(core: number): number {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`cpu${core} `));
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? '')
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * msPerTick;
}

function readStat(pid: number): {cpuMs: number; endedChildrenMs: number; parent: number} {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // The process ended after it was listed. Its parent's counters now include its time.
    return {cpuMs: 0, endedChildrenMs: 0, parent: 0};
  }
  // The name, in parentheses, may itself contain spaces and parentheses. What follows begins with field 3.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
  return {
    cpuMs: (utime + stime) * msPerTick,
    endedChildrenMs: (cutime + cstime) * msPerTick,
    parent: fields[1] ?? 0,
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((each) => each > 0 && readStat(each).parent === pid);
}
