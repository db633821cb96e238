import {execFileSync} from 'node:child_process';
import {readFileSync, readlinkSync, realpathSync} from 'node:fs';

/**
 * Returns when the process with this pid was started, as an opaque string, or undefined when there is none.
 *
 * Pids are reused, so a pid alone never justifies a signal: record the identity when a process is started, and compare it
 * before ending the process. A zombie counts as ended, because in many containers nobody reaps orphans and it stays.
 */
export function identifyProcess(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? linuxStartTime(pid) : portableStartTime(pid);
  } catch {
    return undefined;
  }
}

/** Whether the process works in this folder. On Linux it is the working directory; elsewhere the command line names it. */
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
  // The second field is the program's name in brackets, and the name may contain spaces and brackets.
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
