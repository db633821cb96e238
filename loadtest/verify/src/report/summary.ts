/** The result of a run: one line, and the figures behind it. */
import type {Invariant, Violation} from '../checker/violation.ts';
import type {FaultRecord} from '../faults/fault.ts';
import type {History} from '../history/history.ts';
import type {Result} from '../result.ts';
import {describeTold} from './told.ts';
import {within, type Goal} from './goal.ts';
import {measureFaults, type FaultFigures} from './measure.ts';

export type Summary = {
  title: string;
  line: string;
  run: string;
  seed: number;
  startedAt: string;
  seconds: number;
  acknowledged: number;
  delivered: number;
  violations: Violation[];
  records: FaultRecord[];
  faults: FaultFigures[];
  impossible: {kind: string; why: string}[];
  goals: Goal[];
};

export function summarise(result: Result): Summary {
  const {plan, seed, history, violations, faults: records, impossible} = result;
  const acknowledged = countAcknowledged(history);
  const faults = measureFaults(records, result.probes, history);
  return {
    title: `verify: ${plan.name}, seed ${seed}`,
    line: lineOf(result, acknowledged),
    run: plan.name,
    seed,
    startedAt: result.startedAt.toISOString(),
    seconds: plan.seconds,
    acknowledged,
    delivered: history.delivered,
    violations,
    records,
    faults,
    impossible: [...impossible].map(([kind, why]) => ({kind, why})),
    goals: [...goalsOf(faults, acknowledged, violations), ...describeTold(result)],
  };
}

export function countAcknowledged({operations}: History): number {
  return operations.filter(({kind, outcome, duplicate}) => kind === 'send' && outcome === 'ok' && !duplicate)
    .length;
}

function lineOf({history, faults, violations}: Result, acknowledged: number): string {
  const count = (...invariants: Invariant[]) =>
    violations.filter(({invariant}) => invariants.includes(invariant)).length;
  const lost = count('durable', 'lost', 'gap', 'untold');
  const [duplicated, reordered, beyond] = [
    count('duplicate'),
    count('order', 'told order'),
    count('membership', 'revocation', 'rights', 'capacity'),
  ];
  const others = violations.length - lost - duplicated - reordered - beyond;
  const kinds = new Set(faults.map(({kind}) => kind)).size;
  return [
    `verify: ${acknowledged} acknowledged`,
    `${history.delivered} delivered`,
    `${faults.length} faults of ${kinds} kinds`,
    `${lost} lost`,
    `${duplicated} duplicated`,
    `${reordered} reordered`,
    `${beyond} beyond membership`,
    ...(others > 0 ? [`${others} other violations`] : []),
  ].join(', ');
}

// Not if Redis comes back empty: lost sessions must be created again, which needs Redis.
const redisAway = ['Redis killed', 'Redis frozen'];

function goalsOf(faults: FaultFigures[], acknowledged: number, violations: Violation[]): Goal[] {
  const timed = (
    what: string,
    bounds: Parameters<typeof within>[1],
    times: 'clientGapsMs' | 'recoveryMs',
    isMeant: (kind: string) => boolean,
  ) => {
    const meant = faults.filter(({kind}) => isMeant(kind));
    const disturbed = meant.flatMap(({disturbedMs}) => disturbedMs);
    return within(
      what,
      bounds,
      meant.flatMap((each) => each[times]),
      disturbed,
    );
  };
  const lost = violations.filter(({invariant}) => ['durable', 'lost', 'gap'].includes(invariant)).length;
  return [
    {
      what: 'acknowledged messages lost',
      goal: '0',
      here: `${lost} of ${acknowledged}${lost === 0 ? `: fewer than 1 in ${Math.floor(acknowledged / 3)} at 95 %` : ''}`,
      isMet: lost === 0,
    },
    ...timed(
      'clients back after a node was killed',
      {p95: 5_000, max: 10_000},
      'clientGapsMs',
      (kind) => kind === 'node killed' || kind.startsWith('crash '),
    ),
    ...whileRedisIsAway(faults.filter(({kind}) => redisAway.includes(kind))),
    ...timed(
      'first send stored after Postgres is back',
      {max: 5_000},
      'recoveryMs',
      (kind) => kind === 'Postgres crashed' || kind === 'Postgres restarted',
    ),
    ...timed(
      'first send stored after the standby has taken over',
      {max: 10_000},
      'recoveryMs',
      (kind) => kind === 'Postgres failed over',
    ),
    ...timed(
      'first send stored after a promotion that leaves the old connections alive',
      {max: 5_000},
      'recoveryMs',
      (kind) => kind === 'Postgres promoted with old connections',
    ),
    ...timed(
      'clients without service in a rolling restart',
      {max: 3_000},
      'clientGapsMs',
      (kind) => kind === 'rolling restart',
    ),
  ];
}

function whileRedisIsAway(faults: FaultFigures[]): Goal[] {
  const attempts = faults.reduce((sum, each) => sum + each.attempts, 0);
  const stored = faults.reduce((sum, each) => sum + each.stored, 0);
  const share = attempts === 0 ? 0 : (100 * stored) / attempts;
  return within(
    'sends while Redis is away',
    {p99: 1_000},
    faults.flatMap(({latenciesMs}) => latenciesMs),
  ).map(({what, goal, here, isMet}) => ({
    what,
    goal: `≥ 99 % acknowledged, ${goal}`,
    here: `${share.toFixed(1)} %, ${here}`,
    isMet: isMet && share >= 99,
  }));
}
