import {setTimeout as delay} from 'node:timers/promises';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {whyNoSmallDisk} from '@madang/testkit/small-disk';
import {checkBounds, readHoldings} from './bounds.ts';
import {check} from './checker/check.ts';
import {checkEvents} from './checker/events.ts';
import {conclude} from './finale.ts';
import {Crowd} from './generator/crowd.ts';
import {Product, productEnv} from './generator/product.ts';
import {History} from './history/history.ts';
import {Schedule} from './faults/schedule.ts';
import type {Plan} from './plan.ts';
import {Random} from './random.ts';
import {countAcknowledged} from './report/summary.ts';
import type {Result} from './result.ts';
import {Hearing, hearingEnv} from './webhook/hearing.ts';
import {beMoody} from './webhook/troubles.ts';

export type Say = (line: string) => void;

const progressEveryMs = 10_000;
/** The disk space of two servers with their logs for half an hour, and of a third one that is made in the meantime. */
const diskMiB = 6_000;
const answeredWithinMs = 60_000;

/** Makes one run: a cluster, a crowd, the faults, and the verdict. `only` selects faults by a part of their kind. */
export async function run(plan: Plan, seed: number, say: Say, only?: string): Promise<Result> {
  const random = new Random(seed);
  const history = new History();
  const result: Result = {
    plan,
    seed,
    history,
    startedAt: new Date(),
    beganAt: 0,
    faults: [],
    probes: [],
    impossible: new Map(),
    told: undefined,
    violations: [],
  };
  say(`starting ${plan.gateways} gateways, a worker, HAProxy, Postgres and Redis`);
  const cluster = await startCluster({
    gateways: plan.gateways,
    worker: true,
    balancer: true,
    partitions: true,
    redis: plan.redis ?? (plan.faults?.kinds === 'all' ? 'replicated' : 'private'),
    // With a standby every commit waits for a second disk, so short runs have none.
    postgres: plan.faults?.kinds === 'all' ? 'replicated' : 'private',
    ...(whyNoSmallDisk() === undefined ? {diskMiB} : {}),
    env: {LOG_LEVEL: 'warn', ...hearingEnv, ...productEnv},
  });
  try {
    await live(result, cluster, random, say, only);
  } catch (error) {
    const {message, stack = ''} = error as Error;
    const what = `the run did not end: ${message}`;
    result.violations.push({invariant: 'liveness', what, evidence: stack.split('\n').slice(1, 5)});
  } finally {
    // Rejects when a process has ended by itself.
    await cluster.stop().catch((error: Error) => {
      result.violations.push({invariant: 'liveness', what: error.message, evidence: []});
    });
  }
  return result;
}

async function live(
  result: Result,
  cluster: ProcessCluster,
  random: Random,
  say: Say,
  only?: string,
): Promise<void> {
  const {plan, history} = result;
  // Separate streams, so that the faults depend on the seed alone.
  const hearing = await Hearing.open(cluster, history.now, new Random(result.seed + 1));
  const product = await Product.open(history, cluster);
  const crowd = await Crowd.gather(history, cluster, plan, random.fork());
  say(`${crowd.people.length} people, ${crowd.devices.length} devices; running for ${plan.seconds} s`);
  const schedule = plan.faults && new Schedule({cluster, product}, plan.faults, random.fork(), say, only);
  const stop = new AbortController();
  try {
    const forMs = plan.seconds * 1_000;
    const before = readHoldings(cluster.gateways[0]!.pid);
    result.beganAt = history.now();
    result.probes = crowd.prober.probes;
    const living = crowd.live(stop.signal);
    const being = plan.faults && beMoody(hearing.receiver, new Random(result.seed + 2), stop.signal);
    await Promise.all([watch(history, forMs, say), schedule?.run(forMs)]);
    stop.abort();
    await being;
    const isAnswered = await Promise.race([living.then(() => true), delay(answeredWithinMs, false)]);
    if (!isAnswered) {
      const what = `somebody still waits for an answer ${answeredWithinMs / 1_000} s after everything has healed`;
      result.violations.push({invariant: 'liveness', what, evidence: []});
    }
    say('everything is quiet; checking');
    const {stored, present, violations} = await conclude(history, cluster, crowd);
    violations.push(...checkBounds(before, cluster.gateways));
    result.told = await hearing.conclude();
    const wasCalm = schedule && ((from: number, to: number) => schedule.wasCalm(from, to));
    result.violations.push(
      ...violations,
      ...check(history, stored, {present, ...(wasCalm ? {wasCalm} : {})}),
      ...checkEvents(result.told, stored),
    );
  } finally {
    stop.abort();
    crowd.close();
    product.close();
    await hearing.close();
    result.faults = schedule?.records ?? [];
    for (const what of schedule?.failures ?? []) {
      result.violations.push({invariant: 'liveness', what, evidence: []});
    }
    result.impossible = schedule?.impossible ?? new Map();
  }
}

/** Prints the progress until the time is over. */
async function watch(history: History, forMs: number, say: Say): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    await delay(Math.min(progressEveryMs, Math.max(0, end - performance.now())));
    const left = Math.max(0, Math.round((end - performance.now()) / 1_000));
    say(`${left} s left: ${countAcknowledged(history)} acknowledged, ${history.delivered} delivered`);
  }
}
