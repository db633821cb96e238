/** Runs one schedule to its end. Returns which promises did not hold. */
import {check} from '@madang/verify/checker/check';
import {seconds, type Violation} from '@madang/verify/checker/violation';
import {Random} from '@madang/verify/random';
import type {Schedule} from './schedule.ts';
import {acts} from './world/acts.ts';
import {Clock} from './world/clock.ts';
import {Owner} from './world/task-queue.ts';
import {checkEnded, checkShown, unsettled} from './checks.ts';
import {describeHistory} from './describe.ts';
import {useNetwork} from './world/client-socket.ts';
import {withGlobals} from './world/globals.ts';
import {World} from './world/world.ts';

export type Outcome = {violations: Violation[]; steps: number; virtualMs: number};

export type Trace = (line: string) => void;

const beginAtMs = 300;
const lingerMs = 700;
const settleForMs = 30_000;
/** An act that waits for a statement happens without it after this time. */
const awaitMs = 1_500;
const lookEveryMs = 500;
/** The time after everything has settled: messages still in transit must do no harm. */
const quietMs = 1_000;

export function simulate(schedule: Schedule, trace?: Trace): Outcome {
  const random = new Random(schedule.seed);
  const clock = new Clock(new Owner('the world'));
  return withGlobals(clock, random, () => {
    const world = new World(schedule, clock, random);
    const noteFault = (error: unknown) => world.noteFault(error);
    process.on('unhandledRejection', noteFault);
    try {
      return live(world, schedule, trace);
    } finally {
      process.off('unhandledRejection', noteFault);
      useNetwork(undefined);
    }
  });
}

function live(world: World, schedule: Schedule, trace?: Trace): Outcome {
  const {clock, history} = world;
  let isSettled = true;
  clock.runUntil(beginAtMs);
  for (const act of schedule.acts) {
    clock.runUntil(clock.now + act.afterMs);
    if (act.isDuring && schedule.statement !== '') {
      world.faults.hasRun = false;
      clock.runUntil(clock.now + awaitMs, () => world.faults.hasRun);
    }
    trace?.(`${seconds(clock.now)}: ${act.kind} ${JSON.stringify(act)}`);
    if (act.kind !== 'lull') acts[act.kind](world, act);
    else if (!(isSettled = settle(world))) break;
    else world.trouble();
  }
  const endedAt = clock.now;
  isSettled &&= settle(world);
  const stored = world.stored();
  const present = new Set(world.present.map(({owner}) => owner.device));
  const wasCalm = (from: number, to: number) =>
    schedule.slowReads < 0.1 &&
    schedule.verySlow === 0 &&
    schedule.failing === 0 &&
    schedule.flaky === 0 &&
    world.disturbed.every((each) => each.to < from || each.from > to);
  const violations = check(history, stored, {present, wasCalm});
  violations.push(...checkShown(world), ...checkEnded(world), ...world.faultsOfCode);
  if (!isSettled && violations.length === 0) violations.push(unsettled(world, endedAt));
  if (trace) for (const line of describeHistory(world)) trace(line);
  return {violations, steps: clock.steps, virtualMs: clock.now};
}

function settle(world: World): boolean {
  const {clock} = world;
  // The run continues for a while, so that what was done can have consequences.
  clock.runUntil(clock.now + lingerMs);
  world.heal();
  for (let ms = 0; ms < settleForMs; ms += lookEveryMs) {
    clock.runUntil(clock.now + lookEveryMs);
    if (!world.isSettled()) continue;
    clock.runUntil(clock.now + quietMs);
    if (world.isSettled()) return true;
  }
  return false;
}
