import {readFileSync} from 'node:fs';

const everyMs = 500;

/**
 * Calls once npm, which started this process by a shell, has gone or was told to end. npm passes signals on to that shell alone.
 * SIGTERM ends it. At SIGINT dash goes on waiting for us, and all that can be seen is that it woke up.
 */
export function watchCaller(env: NodeJS.ProcessEnv, onEnd: () => void): void {
  const {npm_lifecycle_event: event, npm_config_call: script} = env;
  if (!event) return;
  const parent = process.ppid;
  // The shell of npx has nothing to do but wait; that of a script may have.
  const isWaiting = event === 'npx' && !script;
  let wakes: number | undefined;
  let at = Date.now();
  const watch = setInterval(() => {
    const [before, since] = [wakes, at];
    wakes = (isWaiting ? wakesOf(parent) : undefined) ?? before;
    at = Date.now();
    // A machine or a job that was stopped and goes on wakes every process.
    const wasStopped = at - since > 3 * everyMs;
    const hasWoken = before !== undefined && wakes !== before && !wasStopped;
    if (process.ppid === parent && !hasWoken) return;
    clearInterval(watch);
    onEnd();
  }, everyMs);
  watch.unref();
}

/** How often a process of Linux that is asleep has gone to sleep so far. */
function wakesOf(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, sleeps] = /^State:\tS[\s\S]*^voluntary_ctxt_switches:\t(\d+)/m.exec(status) ?? [];
    return sleeps === undefined ? undefined : Number(sleeps);
  } catch {
    return undefined;
  }
}
