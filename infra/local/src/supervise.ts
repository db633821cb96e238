import {setTimeout as delay} from 'node:timers/promises';
import type {Child, Exit} from '@madang/processes/children';

export interface Supervised {
  readonly name: string;
  /** Lets the process end for good, even while it is being started again. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

// A process restarts at once, unless its last start failed. Then it restarts after a pause, to spare the machine.
const SHORT_LIFE_MS = 1_000;
const PAUSE_MS = 500;

/**
 * Starts a process, and starts it again whenever it ends, which it reports in one line.
 *
 * Rejects if the very first start fails, while someone is there to read why. A later failure is retried, and each reason is
 * printed once.
 */
export async function supervise(
  name: string,
  start: () => Promise<Child>,
  say: (line: string) => void,
): Promise<Supervised> {
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  let child = await start();
  const finished = keepRunning();

  async function keepRunning(): Promise<void> {
    while (!isStopping()) {
      const startedAt = performance.now();
      const exit = await child.exited;
      if (isStopping()) return;
      say(`${name} ended (${describeExit(exit)}); starting it again`);
      if (performance.now() - startedAt < SHORT_LIFE_MS) await delay(PAUSE_MS);
      await startAgain();
    }
    // The process became ready only after `stop` was called.
    await child.stop();
  }

  async function startAgain(): Promise<void> {
    let said: string | undefined;
    while (!isStopping()) {
      try {
        child = await start();
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (reason !== said) say(`${name} does not start yet: ${reason}`);
        said = reason;
        await delay(PAUSE_MS);
      }
    }
  }

  return {
    name,
    stop: async (signal) => {
      stopping.abort();
      await child.stop(signal);
      await finished;
    },
  };
}

export function describeExit({code, signal}: Exit): string {
  return signal ?? `exit ${code}`;
}
