/** What a run consists of, as data that fast-check makes, and makes smaller once it has failed. */
import fc from 'fast-check';

const kinds = [
  'send',
  'send twice',
  'edit',
  'delete',
  'join',
  'leave',
  'rejoin',
  'kick',
  'sign out',
  'drop',
  'go away',
  'reload',
  'crash',
  'freeze',
  'cut off',
  'restart Postgres',
  'stop Redis',
  'slow commits',
  'prune',
  'restore',
] as const;

export type ActKind = (typeof kinds)[number];

/** Who, where and how long are numbers that each kind reads in its way. */
export type Act = {kind: ActKind; afterMs: number; who: number; where: number; ms: number};

/** Much goes wrong only where several things befall the same one. */
type Drawn = Omit<Act, 'who' | 'where'> & {who: number | 'same'; where: number | 'same'};

export type Schedule = {
  /** Decides every delay and loss. */
  seed: number;
  nodes: number;
  /** All are in the first one; the others begin with their owner, so most nodes do not host them. */
  rooms: number;
  loss: number;
  doubles: number;
  busMs: number;
  pulseMs: number;
  /** The statement that fails or is slow; all of them if none is named. */
  statement: string;
  slowReads: number;
  verySlow: number;
  failing: number;
  flaky: number;
  acts: Drawn[];
};

/** How often each is drawn, beside the others of its schedule. */
const weights: Record<ActKind, number> = {
  send: 30,
  'send twice': 5,
  edit: 5,
  delete: 2,
  join: 9,
  leave: 5,
  rejoin: 3,
  kick: 5,
  'sign out': 2,
  drop: 8,
  'go away': 5,
  reload: 5,
  crash: 3,
  freeze: 4,
  'cut off': 3,
  'restart Postgres': 2,
  'stop Redis': 2,
  'slow commits': 3,
  prune: 3,
  restore: 1,
};

const actOf = (mix: readonly ActKind[]) =>
  fc.record({
    kind: fc.oneof(...mix.map((kind) => ({arbitrary: fc.constant(kind), weight: weights[kind]}))),
    afterMs: fc.oneof(
      {arbitrary: fc.nat({max: 20}), weight: 4},
      {arbitrary: fc.nat({max: 300}), weight: 4},
      {arbitrary: fc.nat({max: 1_500}), weight: 1},
    ),
    who: fc.oneof(fc.nat({max: 5}), fc.constant('same' as const)),
    where: fc.oneof(fc.nat({max: 4}), fc.constant('same' as const)),
    ms: fc.oneof({arbitrary: fc.nat({max: 3_000}), weight: 2}, {arbitrary: fc.nat({max: 30}), weight: 1}),
  });

/**
 * Every other schedule is made of some kinds alone: what takes several acts of the same few kinds in a row hardly comes up
 * where all are drawn from.
 */
const acts = fc
  .oneof(
    fc.constant([...kinds]),
    fc.subarray([...kinds], {minLength: 2, maxLength: 6}).map((mix) => ['send' as const, ...mix]),
  )
  .chain((mix) => fc.array(actOf(mix), {minLength: 3, maxLength: 30, size: 'max'}));

/** What delivery reads, each for itself, so that the rest goes well meanwhile. */
const troubled = [
  'pulse',
  'read_log',
  'read_state',
  'membership_age',
  'list_my_rooms',
  'sync_rooms',
  'check_credentials',
];

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.noShrink(fc.nat()),
  nodes: fc.integer({min: 2, max: 4}),
  rooms: fc.constantFrom(2, 2, 5),
  loss: fc.constantFrom(0, 0.1, 0.5, 1),
  doubles: fc.constantFrom(0, 0.2),
  busMs: fc.constantFrom(2, 40, 400),
  pulseMs: fc.constantFrom(1_000, 1_000, 150),
  statement: fc.constantFrom('', '', ...troubled),
  slowReads: fc.constantFrom(0.02, 0.02, 0.4),
  verySlow: fc.constantFrom(0, 0.5),
  failing: fc.constantFrom(0, 0, 0.05, 0.3),
  flaky: fc.constantFrom(0, 0, 0.3, 0.8),
  acts,
});

/** Whom and where each act is about. */
export function actsOf({acts}: Schedule): Act[] {
  let [who, where] = [0, 0];
  return acts.map((act) => {
    if (act.who !== 'same') who = act.who;
    if (act.where !== 'same') where = act.where;
    return {...act, who, where};
  });
}
