/** Logs each cause of a fault once a minute: a client that can cause one can do so at every request. */
import type {Logger} from '@madang/runtime/log';

const everyMs = 60_000;
const remembered = 200;

export type FaultLog = (log: Logger, error: unknown) => void;

/** Makes the function that logs a fault with its stack. The next line of the same cause counts the repeats. */
export function createFaultLog(now: () => number = () => performance.now()): FaultLog {
  const causes = new Map<string, {at: number; repeated: number}>();

  return (log, error) => {
    const cause = causeOf(error);
    const known = causes.get(cause);
    if (known && now() - known.at < everyMs) return void (known.repeated += 1);
    if (causes.size >= remembered) causes.clear();
    causes.set(cause, {at: now(), repeated: 0});
    log.error({err: error, ...(known?.repeated ? {repeated: known.repeated} : {})}, 'operation failed');
  };
}

/** The kind of the error and where it was thrown, without the message: a stranger may have chosen its text. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split('\n', 20).find((line) => line.startsWith('    at ')) ?? '';
  return `${error.name} ${'code' in error ? String(error.code) : ''} ${frame}`;
}
