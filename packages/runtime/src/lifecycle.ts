import {constants} from 'node:os';
import type {Logger} from './log.ts';

/** One step of the shutdown. It should tolerate the absence of what it depends on; the exit code shows if it did not. */
export type StopStep = {name: string; limitMs: number; run: () => unknown};

/**
 * Ends the process in order on SIGTERM or SIGINT, and at once after a bug.
 *
 * Steps run one after the other. If a step throws or exceeds its limit, this is logged and the next step runs, because
 * later steps (leases, pools) still matter. The exit code is 0 if every step ended well, else 1. A second signal or the
 * overall deadline ends the process at once with 1. After an unhandled exception or rejection the state of the process is
 * unknown, so the error is logged and the process exits with 1.
 */
export function runUntilSignal({log, deadlineMs, steps}: Lifecycle): void {
  let isStopping = false;

  const stop = async (signal: NodeJS.Signals) => {
    if (isStopping) {
      log.warn({signal}, 'second signal: leaving at once');
      process.exit(1);
    }
    isStopping = true;
    log.info({signal}, 'stopping');
    setTimeout(() => {
      log.error({deadlineMs}, 'not stopped in time: leaving at once');
      process.exit(1);
    }, deadlineMs).unref();
    const isClean = await runSteps(log, steps);
    log.info({isClean}, 'stopped');
    process.exit(isClean ? 0 : 1);
  };

  const bug = (error: unknown, origin: string) => {
    log.fatal({err: error, origin}, 'bug: leaving at once');
    process.exit(1);
  };

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, leave);
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
  process.on('uncaughtException', bug);
  process.on('unhandledRejection', (reason) => bug(reason, 'unhandledRejection'));
}

/**
 * Ends the process at once on SIGTERM or SIGINT, until `runUntilSignal` takes over with steps to run first.
 *
 * The kernel does not deliver signals without a handler to the first process of a container, so without this a process
 * that still waits for Postgres could only be killed.
 */
export function leaveOnSignal(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leave);
}

/**
 * Starts the process's work. If that fails, it logs the reason in one line and exits with 1, so that a supervisor tries
 * again.
 */
export async function startOrLeave<Started>(log: Logger, start: () => Promise<Started>): Promise<Started> {
  try {
    return await start();
  } catch (error) {
    log.fatal({err: error}, 'not started');
    process.exit(1);
  }
}

function leave(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

export type Lifecycle = {log: Logger; deadlineMs: number; steps: StopStep[]};

async function runSteps(log: Logger, steps: StopStep[]): Promise<boolean> {
  let isClean = true;
  for (const step of steps) {
    try {
      await withLimit(step);
    } catch (error) {
      isClean = false;
      log.error({err: error, step: step.name}, 'stop step failed');
    }
  }
  return isClean;
}

async function withLimit({name, limitMs, run}: StopStep): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const overrun = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([run(), overrun]);
  } finally {
    clearTimeout(timer);
  }
}
