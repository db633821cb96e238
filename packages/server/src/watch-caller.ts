import {readFileSync} from 'node:fs';

const everyMs = 500;

/**
 * Calls `onEnd` once npm has ended or was told to end. npm started this process by a shell, and passes signals on to that
 * shell alone. SIGTERM ends the shell. After SIGINT dash continues to wait for this process, and the only visible sign is
 * that it woke up.
 */
export function watchCaller(env: NodeJS.ProcessEnv, onEnd: () => void): void {
  const {npm_lifecycle_event: event, npm_config_call: script} = env;
  if (!event) return;
  const parent = process.ppid;
  // The shell of npx only waits for this process; the shell of a script may do more.
  const isWaiting = event === 'npx' && !script;
  let wakes: number | undefined;
  let at = Date.now();
  const watch = setInterval(() => {
    const [before, since] = [wakes, at];
    wakes = (isWaiting ? wakesOf(parent) : undefined) ?? before;
    at = Date.now();
    // When a stopped machine or job continues, every process wakes up.
    const wasStopped = at - since > 3 * everyMs;
    const hasWoken = before !== undefined && wakes !== before && !wasStopped;
    if (process.ppid === parent && !hasWoken) return;
    clearInterval(watch);
    onEnd();
  }, everyMs);
  watch.unref();
}

/** Returns how often a sleeping Linux process has gone to sleep so far. */
function wakesOf(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, sleeps] = /^State:\tS[\s\S]*^voluntary_ctxt_switches:\t(\d+)/m.exec(status) ?? [];
    return sleeps === undefined ? undefined : Number(sleeps);
  } catch {
    return undefined;
  }
}
