import {readFileSync} from 'node:fs';

// Enough for a stack and what Node prints around it, but not for more than one failed start.
const LINES = 40;

/** Returns in one line why a process ended, from the end of its log, for an error that people read. */
export function findReason(logFile: string): string {
  return reasonOf(read(logFile)) ?? `see ${logFile}`;
}

/** Returns the first of the last lines that reports a fault. Later lines are consequences and details. */
export function reasonOf(log: string): string | undefined {
  const lines = log.trimEnd().split('\n').slice(-LINES);
  for (const line of lines) {
    const reason = line.startsWith('{') ? ofJson(line) : ofText(line);
    if (reason) return reason.trim().slice(0, 300);
  }
  return lines.at(-1)?.trim().slice(0, 300) || undefined;
}

/** Our own processes: pino's lines from `error` on. */
function ofJson(line: string): string | undefined {
  try {
    const {level, msg, err} = JSON.parse(line) as {level?: string; msg?: string; err?: {message?: string}};
    if (level !== 'error' && level !== 'fatal') return undefined;
    // A message may contain the stack of its cause.
    return [msg, err?.message].filter(Boolean).join(': ').split('\n')[0];
  } catch {
    return undefined;
  }
}

/** An uncaught exception (`error: …`), a configuration fault, and the error words of Postgres, Redis and HAProxy. */
function ofText(line: string): string | undefined {
  const isTelling =
    /^\w*error: |^configuration: |\b(FATAL|PANIC|ERROR): |\[ALERT\]|# .*(fatal|warning|could not|bind)/i;
  return isTelling.test(line) ? line.replace(/^.*?\b(?=FATAL: |PANIC: |ERROR: )/, '') : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
