import {setTimeout as delay} from 'node:timers/promises';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {check} from './checker/check.ts';
import type {Violation} from './checker/violation.ts';
import {conclude} from './finale.ts';
import {Crowd} from './generator/crowd.ts';
import {History} from './history/history.ts';
import type {Plan} from './plan.ts';
import {Random} from './random.ts';

export type Result = {plan: Plan; seed: number; history: History; violations: Violation[]};
export type Say = (line: string) => void;

const progressEveryMs = 10_000;

/** One run: a cluster, a crowd, what is done to them, and the judgement. */
export async function run(plan: Plan, seed: number, say: Say): Promise<Result> {
  const random = new Random(seed);
  const history = new History();
  say(`starting ${plan.gateways} gateways, a worker, HAProxy, Postgres and Redis`);
  const cluster = await startCluster({
    gateways: plan.gateways,
    worker: true,
    balancer: true,
    partitions: true,
    redis: 'private',
    postgres: 'private',
    env: {LOG_LEVEL: 'warn'},
  });
  try {
    return {plan, seed, history, violations: await live(plan, random, history, cluster, say)};
  } finally {
    await cluster.stop();
  }
}

async function live(
  plan: Plan,
  random: Random,
  history: History,
  cluster: ProcessCluster,
  say: Say,
): Promise<Violation[]> {
  const crowd = await Crowd.gather(history, cluster, plan, random.fork());
  say(`${crowd.people.length} people, ${crowd.devices.length} devices; ${plan.seconds} s begin`);
  try {
    const stop = new AbortController();
    const living = crowd.live(stop.signal);
    await watch(history, plan.seconds * 1_000, say);
    stop.abort();
    await living;
    say('all is quiet; checking');
    const {stored, present, violations} = await conclude(history, cluster, crowd);
    return [...violations, ...check(history, stored, {present})];
  } finally {
    crowd.close();
  }
}

/** Tells how it goes, until the time is over. */
async function watch(history: History, forMs: number, say: Say): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    await delay(Math.min(progressEveryMs, Math.max(0, end - performance.now())));
    const left = Math.max(0, Math.round((end - performance.now()) / 1_000));
    say(`${left} s left: ${countAcknowledged(history)} acknowledged, ${history.delivered} delivered`);
  }
}

export function countAcknowledged({operations}: History): number {
  return operations.filter(({kind, outcome}) => kind === 'send' && outcome === 'ok').length;
}
