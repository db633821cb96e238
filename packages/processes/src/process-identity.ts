import {execFileSync} from 'node:child_process';
import {readFileSync, readlinkSync, realpathSync} from 'node:fs';

/**
 * Returns when the process with this pid was started, as an opaque string; undefined when there is none.
 *
 * Pids are used again, so a pid alone never justifies a signal: note the identity when a process is started and
 * compare it before ending the process. A zombie counts as gone, since where nobody reaps orphans (many containers) it stays.
 */
export function identifyProcess(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? linuxStartTime(pid) : portableStartTime(pid);
  } catch {
    return undefined;
  }
}

/** Whether the process works in this folder: on Linux it is its working directory, elsewhere its command line names it. */
export function isRunningIn(pid: number, dir: string): boolean {
  if (identifyProcess(pid) === undefined) return false;
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dir);
    return ps(pid, 'command').includes(dir);
  } catch {
    return false;
  }
}

function linuxStartTime(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  return state === 'Z' || state === 'X' ? undefined : startTime;
}

function portableStartTime(pid: number): string | undefined {
  if (ps(pid, 'state').startsWith('Z')) return undefined;
  return ps(pid, 'lstart');
}

function ps(pid: number, column: string): string {
  return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], {encoding: 'utf8'}).trim();
}
