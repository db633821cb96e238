/** The program of `npx @madang/server dev`, which runs once its dependencies are installed. */
import {constants} from 'node:os';
import {Fatal} from '@madang/processes/fatal';
import {startDev, type Dev, type DevOptions} from './dev.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Starts it, prints how to use and stop it, and stops it on a signal. */
export async function runDev(options: DevOptions): Promise<void> {
  // After the terminal has closed, everything else must still end in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let dev: Dev | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals) => {
    // Before the start is complete, the watchdog of its processes ends those that run.
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
