/** What a run comes to: one line, and the figures behind it. */
import type {Invariant, Violation} from '../checker/violation.ts';
import type {FaultRecord} from '../faults/fault.ts';
import type {History} from '../history/history.ts';
import type {Result} from '../run.ts';
import {inMs} from './html.ts';
import {measureFaults, quantile, type FaultFigures} from './measure.ts';

export type Goal = {what: string; goal: string; here: string};

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
    goals: goalsOf(faults, acknowledged, violations),
  };
}

export function countAcknowledged({operations}: History): number {
  return operations.filter(({kind, outcome, duplicate}) => kind === 'send' && outcome === 'ok' && !duplicate)
    .length;
}

function lineOf({history, faults, violations}: Result, acknowledged: number): string {
  const count = (...invariants: Invariant[]) =>
    violations.filter(({invariant}) => invariants.includes(invariant)).length;
  const lost = count('durable', 'lost', 'gap');
  const [duplicated, reordered, beyond] = [
    count('duplicate'),
    count('order'),
    count('membership', 'revocation', 'capacity'),
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

function goalsOf(faults: FaultFigures[], acknowledged: number, violations: Violation[]): Goal[] {
  const of = (test: (kind: string) => boolean) => faults.filter(({kind}) => test(kind));
  const all = (some: FaultFigures[], values: (each: FaultFigures) => number[]) => some.flatMap(values);
  const killed = of((kind) => kind === 'node killed' || kind.startsWith('crash '));
  const redis = of((kind) => ['Redis killed', 'Redis frozen', 'Redis restarted empty'].includes(kind));
  const postgres = of((kind) => kind === 'Postgres crashed' || kind === 'Postgres restarted');
  const rolling = of((kind) => kind === 'rolling restart');
  const attempts = redis.reduce((sum, each) => sum + each.attempts, 0);
  const stored = redis.reduce((sum, each) => sum + each.stored, 0);
  const lost = violations.filter(({invariant}) => ['durable', 'lost', 'gap'].includes(invariant)).length;
  const shares = (values: number[], ...wanted: number[]) =>
    wanted.map((share) => inMs(quantile(values, share))).join(', ');
  return [
    {
      what: 'acknowledged messages lost',
      goal: '0',
      here:
        lost > 0
          ? String(lost)
          : `0 of ${acknowledged}: fewer than 1 in ${Math.floor(acknowledged / 3)} at 95 %`,
    },
    {
      what: 'clients back after a node was killed (p95, max)',
      goal: '≤ 5,000 ms, ≤ 10,000 ms',
      here: shares(
        all(killed, (each) => each.clientGapsMs),
        0.95,
        1,
      ),
    },
    {
      what: 'sends stored while Redis is away; p99',
      goal: '≥ 99 %, ≤ 1,000 ms',
      here:
        attempts === 0
          ? ''
          : `${((100 * stored) / attempts).toFixed(1)} %, ${shares(
              all(redis, (each) => each.latenciesMs),
              0.99,
            )}`,
    },
    {
      what: 'first send stored after Postgres is back (max)',
      goal: '≤ 5,000 ms',
      here: shares(
        all(postgres, (each) => each.recoveryMs),
        1,
      ),
    },
    {
      what: 'without service in a rolling restart (max)',
      goal: '≤ 3,000 ms',
      here: shares(
        all(rolling, (each) => each.clientGapsMs),
        1,
      ),
    },
  ].filter(({here}) => /\d/.test(here));
}
