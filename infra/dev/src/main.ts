/** What `npx @madang/server dev` runs, once what it needs is installed. */
import {constants} from 'node:os';
import {Fatal} from '@madang/processes/fatal';
import {startDev, type Dev, type DevOptions} from './dev.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Starts it, says how to use and end it, and ends it on a signal. */
export async function runDev(options: DevOptions): Promise<void> {
  // After the terminal has closed, the rest still has to end in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let dev: Dev | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals) => {
    // Before it has started, the watchdog of its processes ends what there is.
    if (!dev) process.exit(128 + constants.signals[signal]);
    stopping ??= dev.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  try {
    dev = await startDev(options);
  } catch (error) {
    fail(error);
  }
  say(`url   ${dev.url}`);
  say(`key   ${dev.key}`);
  say(`stop  Ctrl-C, or: kill ${process.pid}   (nothing is kept)`);
}

function fail(error: unknown): never {
  const text = error instanceof Fatal ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
