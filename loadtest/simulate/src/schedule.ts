/** What a run consists of, as data that fast-check makes, and makes smaller once it has failed. */
import fc from 'fast-check';

const kinds = [
  'send',
  'send twice',
  'edit',
  'delete',
  'join',
  'leave',
  'kick',
  'sign out',
  'drop',
  'go away',
  'crash',
  'freeze',
  'cut off',
  'restart Postgres',
  'stop Redis',
  'slow commits',
  'prune',
] as const;

export type ActKind = (typeof kinds)[number];

/** Who, where and how long are numbers that each kind reads in its way. */
export type Act = {kind: ActKind; afterMs: number; who: number; where: number; ms: number};

export type Schedule = {
  /** Decides every delay and loss. */
  seed: number;
  nodes: number;
  loss: number;
  doubles: number;
  busMs: number;
  slowReads: number;
  flaky: number;
  acts: Act[];
};

const often = (kind: ActKind, weight: number) => ({arbitrary: fc.constant(kind), weight});

const act = fc.record({
  kind: fc.oneof(
    often('send', 30),
    often('send twice', 5),
    often('edit', 5),
    often('delete', 2),
    often('join', 9),
    often('leave', 5),
    often('kick', 5),
    often('sign out', 1),
    often('drop', 8),
    often('go away', 5),
    often('crash', 3),
    often('freeze', 4),
    often('cut off', 3),
    often('restart Postgres', 2),
    often('stop Redis', 2),
    often('slow commits', 3),
    often('prune', 3),
  ),
  afterMs: fc.oneof(
    {arbitrary: fc.nat({max: 20}), weight: 4},
    {arbitrary: fc.nat({max: 300}), weight: 4},
    {arbitrary: fc.nat({max: 1_500}), weight: 1},
  ),
  who: fc.nat({max: 5}),
  where: fc.nat({max: 1}),
  ms: fc.nat({max: 3_000}),
});

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.noShrink(fc.nat()),
  nodes: fc.integer({min: 2, max: 3}),
  loss: fc.constantFrom(0, 0.1, 0.5, 1),
  doubles: fc.constantFrom(0, 0.2),
  busMs: fc.constantFrom(2, 40, 400),
  slowReads: fc.constantFrom(0.02, 0.4),
  flaky: fc.constantFrom(0, 0.3),
  acts: fc.array(act, {minLength: 3, maxLength: 30, size: 'max'}),
});
