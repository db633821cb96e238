import {readFileSync} from 'node:fs';

// Enough for a stack and what Node prints around it, and no more than one failed start.
const LINES = 40;

/** Gives what the end of a log says about why its process ended, in one line, for an error that people read. */
export function findReason(logFile: string): string {
  return reasonOf(read(logFile)) ?? `see ${logFile}`;
}

/** The first of the last lines that tells of a fault: what follows it are consequences and details. */
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
    // A message may hold the stack of its cause.
    return [msg, err?.message].filter(Boolean).join(': ').split('\n')[0];
  } catch {
    return undefined;
  }
}

/** An uncaught exception (`error: …`), a fault of configuration, and the words of Postgres, Redis and HAProxy. */
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
