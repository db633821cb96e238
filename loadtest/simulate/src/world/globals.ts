/** Time and randomness for the code under simulation. They replace the globals while a schedule runs. */
import type {Random} from '@madang/verify/random';
import type {Clock} from './clock.ts';
import type {Task} from './task-queue.ts';

/** The simulated code never compares dates; they only have to be the same in each run. */
const beganAt = Date.UTC(2026, 0, 1);
const RealDate = Date;
let world: {clock: Clock; random: Random} | undefined;

class Timer {
  task: Task;

  constructor(task: Task) {
    this.task = task;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

function setTimer(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Timer {
  const {clock} = world!;
  return new Timer(clock.schedule(clock.current, Math.max(1, ms), () => run(...args), 'timer'));
}

function setRepeated(run: () => void, ms = 0): Timer {
  const {clock} = world!;
  const owner = clock.current;
  const timer = new Timer(clock.schedule(owner, Math.max(1, ms), beat, 'timer'));
  function beat(): void {
    timer.task = clock.schedule(owner, Math.max(1, ms), beat, 'timer');
    run();
  }
  return timer;
}

function setNext(run: () => void): Timer {
  const {clock} = world!;
  return new Timer(clock.schedule(clock.current, 0, run, 'timer'));
}

function clear(timer: unknown): void {
  if (timer instanceof Timer) timer.task.isCancelled = true;
}

const now = () => world!.clock.now;

class VirtualDate extends RealDate {
  constructor(...args: [] | [number | string]) {
    super(args.length === 0 ? beganAt + Math.floor(now()) : args[0]);
  }
  static override now(): number {
    return beganAt + Math.floor(now());
  }
}

const replaced: Record<string, unknown> = {
  setTimeout: setTimer,
  clearTimeout: clear,
  setInterval: setRepeated,
  clearInterval: clear,
  setImmediate: setNext,
  clearImmediate: clear,
  Date: VirtualDate,
};
const originals = Object.fromEntries(
  Object.keys(replaced).map((name) => [name, (globalThis as Record<string, unknown>)[name]]),
);
const {random: realRandom} = Math;
const {stackTraceLimit: realStackLimit} = Error;

/** Runs a schedule to its end in one step of real time. */
export function withGlobals<Result>(clock: Clock, random: Random, run: () => Result): Result {
  world = {clock, random};
  // Most errors are expected, and their stacks would cost more than the rest of a step.
  Error.stackTraceLimit = 0;
  Object.assign(globalThis, replaced);
  Object.defineProperty(performance, 'now', {value: now, configurable: true, writable: true});
  Math.random = () => random.next();
  try {
    return run();
  } finally {
    Object.assign(globalThis, originals);
    Reflect.deleteProperty(performance, 'now');
    Math.random = realRandom;
    Error.stackTraceLimit = realStackLimit;
    world = undefined;
  }
}
