/** What a run consists of, as data. fast-check generates it, and shrinks it after a failure. */
import fc from 'fast-check';

const kinds = [
  'send',
  'intrude',
  'send twice',
  'edit',
  'delete',
  'react',
  'join',
  'leave',
  'rejoin',
  'join a talk',
  'kick',
  'sign out',
  'drop',
  'miss',
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
  'ring',
  'lull',
] as const;

export type ActKind = (typeof kinds)[number];

/** Who, where and how long are numbers, which each kind interprets in its own way. */
export type Act = {
  kind: ActKind;
  afterMs: number;
  /** True: it happens when the schedule's statement has been run, but before it is answered. */
  isDuring: boolean;
  /** 'same' repeats the last choice, because many bugs need several faults at the same place. */
  who: number | 'same';
  where: number | 'same';
  ms: number;
};

export type Schedule = {
  /** Determines every delay and loss. */
  seed: number;
  nodes: number;
  /** In the first room everyone is a member. The others begin with only their owner, so most nodes do not host them. */
  rooms: number;
  loss: number;
  doubles: number;
  busMs: number;
  pulseMs: number;
  /** The statement that fails, or whose answers are slow. If empty, every statement. */
  statement: string;
  slowReads: number;
  verySlow: number;
  failing: number;
  flaky: number;
  acts: Act[];
};

/** How often each kind is drawn, relative to the others of its schedule. */
const weights: Record<ActKind, number> = {
  send: 18,
  intrude: 2,
  'send twice': 5,
  edit: 5,
  delete: 2,
  react: 8,
  join: 9,
  leave: 5,
  rejoin: 3,
  'join a talk': 6,
  kick: 5,
  'sign out': 2,
  drop: 6,
  miss: 8,
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
  ring: 8,
  lull: 6,
};

/** How acts of a schedule are drawn, apart from their kinds. */
type Manner = {mix: ActKind[]; same: number; during: number};

const actOf = ({mix, same, during: share}: Manner) =>
  fc.record({
    kind: fc.oneof(...mix.map((kind) => ({arbitrary: fc.constant(kind), weight: weights[kind]}))),
    afterMs: fc.oneof(
      {arbitrary: fc.nat({max: 20}), weight: 4},
      {arbitrary: fc.nat({max: 300}), weight: 4},
      {arbitrary: fc.nat({max: 1_500}), weight: 1},
    ),
    isDuring: fc.nat({max: 9}).map((at) => at < share),
    who: fc.oneof(
      {arbitrary: fc.nat({max: 5}), weight: 1},
      {arbitrary: fc.constant('same' as const), weight: same},
    ),
    where: fc.oneof(
      {arbitrary: fc.nat({max: 11}), weight: 1},
      {arbitrary: fc.constant('same' as const), weight: same},
    ),
    ms: fc.oneof({arbitrary: fc.nat({max: 3_000}), weight: 2}, {arbitrary: fc.nat({max: 30}), weight: 1}),
  });

/** Kinds that every schedule needs: without them nothing happens, and no failure is noticed. */
const always: ActKind[] = ['send', 'lull'];
const others = kinds.filter((kind) => !always.includes(kind));

/** Kinds that concern the same part of delivery. */
const groups: ActKind[][] = [
  ['send twice', 'edit', 'delete', 'react'],
  ['join', 'join a talk', 'leave', 'rejoin', 'kick', 'intrude'],
  ['drop', 'miss', 'go away', 'reload', 'sign out', 'ring'],
  ['crash', 'freeze', 'cut off'],
  ['restart Postgres', 'stop Redis', 'slow commits', 'prune', 'restore'],
];

const aFew = fc.subarray(others, {minLength: 2, maxLength: 6});
const ofGroups = fc.subarray(groups, {minLength: 1, maxLength: 2}).map((some) => some.flat());

/**
 * One in four schedules uses all kinds, and the others only some. A bug that needs several acts of the same few kinds in a
 * row hardly comes up when all kinds are drawn.
 */
const mix = fc
  .oneof(fc.constant(others), aFew, ofGroups, ofGroups)
  .map((some): ActKind[] => [...always, ...some]);

const acts = fc
  .record({mix, same: fc.constantFrom(1, 4), during: fc.constantFrom(0, 2, 5)})
  .chain((manner) =>
    fc.oneof(
      fc.array(actOf(manner), {minLength: 2, maxLength: 9, size: 'max'}),
      fc.array(actOf(manner), {minLength: 3, maxLength: 30, size: 'max'}),
    ),
  );

/** The statements of delivery. Those by which a connection comes to receive its rooms are listed twice. */
const troubled = [
  'pulse',
  'read_log',
  'read_state',
  'read_state',
  'membership_age',
  'list_my_rooms',
  'list_my_rooms',
  'sync_rooms',
  'check_credentials',
];

type Trouble = Pick<Schedule, 'statement' | 'slowReads' | 'verySlow' | 'failing'>;

/**
 * Much trouble with one statement finds bugs that a little trouble with all does not, because everything else continues.
 */
const troubles: fc.Arbitrary<Trouble> = fc.oneof(
  {
    arbitrary: fc.record({
      statement: fc.constant(''),
      slowReads: fc.constantFrom(0.02, 0.4),
      verySlow: fc.constantFrom(0, 0.5),
      failing: fc.constantFrom(0, 0, 0.05, 0.3),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      statement: fc.constantFrom(...troubled),
      slowReads: fc.constant(0.8),
      verySlow: fc.constantFrom(0.2, 0.9, 0.9),
      failing: fc.constantFrom(0, 0, 0.3),
    }),
    weight: 2,
  },
);

export const schedules: fc.Arbitrary<Schedule> = fc
  .record({
    seed: fc.noShrink(fc.nat()),
    nodes: fc.integer({min: 2, max: 4}),
    rooms: fc.constantFrom(2, 5, 12),
    loss: fc.constantFrom(0, 0.3, 1, 1),
    doubles: fc.constantFrom(0, 0.2),
    busMs: fc.constantFrom(2, 40, 400),
    pulseMs: fc.constantFrom(1_000, 150, 150),
    flaky: fc.constantFrom(0, 0, 0.3, 0.8, 0.8),
    trouble: troubles,
    acts,
  })
  .map(({trouble, ...rest}) => ({...rest, ...trouble}));
