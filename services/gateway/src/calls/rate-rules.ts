/**
 * How often anyone may do what: every rate rule of the gateway, and the operation classes that the rules limit.
 *
 * The defaults suit an office or a school behind one address. RATE_LIMITS changes the rules in `defaults`. Services are
 * exempt from everything but the ceilings in their tenant's policy.
 */
import type {Per, Rule} from '@madang/redis/rate-limits';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * `perNode` rules live in a node's memory, for calls that cost less than a question to Redis would. `leased` rules hold
 * for the whole cluster; a node asks Redis once for many calls.
 */
const defaults = {
  reads: {per: 'user', points: 20, perMs: second, burst: 400, perNode: true},
  'reads-per-address': {per: 'address', points: 200, perMs: second, burst: 10_000, perNode: true},
  writes: {per: 'user', points: 10, perMs: second, burst: 200, perNode: true},
  'writes-per-address': {per: 'address', points: 200, perMs: second, burst: 10_000, perNode: true},
  /** Each of these writes is kept, as a log entry or as a span of a membership. */
  'log-writes': {per: 'user', points: 60, perMs: minute, leased: true},
  'log-writes-per-address': {per: 'address', points: 600, perMs: minute, burst: 1_800, leased: true},
  searches: {per: 'user', points: 5, perMs: second, burst: 60, leased: true},
  'searches-per-address': {per: 'address', points: 50, perMs: second, burst: 3_000, leased: true},
  'heavy-calls': {per: 'user', points: 60, perMs: minute, burst: 120, leased: true},
  'heavy-calls-per-address': {per: 'address', points: 600, perMs: minute, burst: 1_200, leased: true},
  sends: {per: 'user', points: 20, perMs: second, burst: 200, leased: true},
  'send-bytes': {per: 'user', points: 64 * 1024, perMs: second, burst: 256 * 1024, leased: true},
  'sends-per-address': {per: 'address', points: 1_000, perMs: second, burst: 20_000, perNode: true},

  /** One `session:start` reads as much as many other reads together. */
  'session-starts': {per: 'user', points: 2, perMs: second, burst: 200, leased: true},
  uploads: {per: 'user', points: 60, perMs: minute},
  /** Joins of one user into one room: what a stay leaves in the room's log is kept as long as the room. */
  joins: {per: 'user', points: 60, perMs: hour},
  /** Rooms to which others add one user. */
  additions: {per: 'user', points: 60, perMs: hour},

  guests: {per: 'address', points: 600, perMs: minute},
  registrations: {per: 'address', points: 600, perMs: minute},
  'sign-ins': {per: 'address', points: 600, perMs: minute},
  handshakes: {per: 'session', points: 120, perMs: minute},
  'refused-handshakes': {per: 'address', points: 600, perMs: minute},
  /** HTTP requests with a session, counted before the session is read. */
  'requests-per-address': {per: 'address', points: 200, perMs: second, burst: 10_000, perNode: true},
} satisfies Record<string, Omit<Rule, 'name'>>;

export type RuleName = keyof typeof defaults;
export type RateRules = Readonly<Record<RuleName, Rule>>;

/** Rules whose points are separate variables. */
export const uploadBytesADay = (points: number): Rule => ({
  name: 'upload-bytes',
  per: 'user',
  points,
  perMs: day,
});
export const guestsOfAddressADay = (points: number): Rule => ({
  name: 'guests-of-address-a-day',
  per: 'address',
  points,
  perMs: day,
});
export const guestsOfTenantADay = (points: number): Rule => ({
  name: 'guests-of-tenant-a-day',
  per: 'tenant',
  points,
  perMs: day,
});

/** Wrong passwords, counted for fifteen minutes by `guard`; guesses.ts says which rule counts when. */
const wrong = (name: string, per: Per, points: number): Rule => ({name, per, points, perMs: 15 * minute});

/** Points of a rule that counts but never refuses. */
export const countOnly = 10_000;
/** Guesses left to a caller when its target is under attack. */
export const fewGuesses = 3;

export const accountGuesses = {
  byAddress: wrong('wrong-passwords', 'address', 10),
  byDevice: wrong('wrong-passwords-by-device', 'user', 10),
  ofAddress: wrong('wrong-passwords-of-address', 'address', 100),
  ofNetwork: wrong('wrong-passwords-of-network', 'address', 300),
  /** Guesses from unknown devices. */
  ofAll: wrong('wrong-passwords-of-account', 'user', 100),
  /** From this many on, an account counts as attacked from everywhere. */
  sprayedFrom: 20,
};

export const roomGuesses = {
  byUser: wrong('wrong-room-passwords', 'user', 10),
  byAddress: wrong('wrong-room-passwords-by-address', 'address', 20),
  byNetwork: wrong('wrong-room-passwords-by-network', 'address', 60),
  ofAddress: wrong('wrong-room-passwords-of-address', 'address', 100),
  ofNetwork: wrong('wrong-room-passwords-of-network', 'address', 300),
  ofAll: wrong('wrong-room-passwords-of-room', 'room', countOnly),
  attackedFrom: 50,
};

/** A rate limit: the rule, whose tokens it takes, and how many (1 unless given). */
export type RateLimit<Input = never> = {rule: RuleName; per: 'address' | 'user'; cost?(input: Input): number};
/** A limit whose points come from the tenant's policy, if it sets them: per key, and for the whole tenant. */
export type Ceiling = {rule: 'calls' | 'sends'; per: 'key' | 'tenant'};
export type Limit<Input = never> = RateLimit<Input> | Ceiling;

/** How much per second a policy allows; unlimited if a number is missing. */
export type Ceilings = Partial<Record<Ceiling['per'], Partial<Record<Ceiling['rule'], number | undefined>>>>;

export function ceilingRule(ceilings: Ceilings, {rule, per}: Ceiling): Rule | undefined {
  const points = ceilings[per]?.[rule];
  return points === undefined
    ? undefined
    : {name: `${rule}-per-${per}`, per, points, perMs: second, leased: true};
}

/** A send also pays for the bytes of its text and data. */
export const sendBytes: RateLimit<{text?: string; data?: object | null}> = {
  rule: 'send-bytes',
  per: 'user',
  cost: ({text, data}) =>
    Buffer.byteLength(text ?? '') + (data ? Buffer.byteLength(JSON.stringify(data)) : 0),
};

const perKeyAndTenant = (rule: Ceiling['rule']): Limit[] => [
  {rule, per: 'key'},
  {rule, per: 'tenant'},
];
const ceilings = perKeyAndTenant('calls');

/**
 * What bounds the calls of each class. The user's own limit comes first, so that one user cannot use up the limit of an
 * address; the tenant's comes last.
 */
export const classes = {
  read: of('reads'),
  /** What a client reads when it has connected: more than by any other call, and at the same time as all others. */
  'session-start': of('reads'),
  /** Changes that are not stored, or of which one row is stored. */
  write: of('writes'),
  /** Changes that add entries to a room's log, or spans of memberships. */
  'log-writing': of('log-writes'),
  search: of('searches'),
  /** Calls that cost much processor time or notify many others. */
  heavy: of('heavy-calls'),
  send: of('sends', perKeyAndTenant('sends')),
  guest: [{rule: 'guests', per: 'address'}, ...ceilings],
  registration: [{rule: 'registrations', per: 'address'}, ...ceilings],
  'sign-in': [{rule: 'sign-ins', per: 'address'}, ...ceilings],
} satisfies Record<string, Limit[]>;

export type OperationClass = keyof typeof classes;

function of(rule: RuleName & `${string}s`, above = ceilings): Limit[] {
  return [{rule, per: 'user'}, {rule: `${rule}-per-address` as RuleName, per: 'address'}, ...above];
}

/**
 * Returns the rules, with those replaced that `given` names: `name=points/seconds` or `name=points/seconds/burst`,
 * separated by spaces or commas. Throws a line that says what is wrong.
 */
export function readRateRules(given: string): RateRules {
  const rules = Object.fromEntries(
    Object.entries(defaults).map(([name, rule]) => [name, {name, ...rule}]),
  ) as Record<RuleName, Rule>;
  for (const part of given.split(/[\s,]+/).filter(Boolean)) {
    const {name, ...numbers} = readPart(part);
    const {per, perNode, leased}: Omit<Rule, 'name'> = defaults[name];
    rules[name] = {name, per, ...numbers, ...(perNode && {perNode}), ...(leased && {leased})};
  }
  return rules;
}

function readPart(part: string): Omit<Rule, 'per'> & {name: RuleName} {
  const [name = '', numbers = ''] = part.split('=');
  if (!Object.hasOwn(defaults, name)) {
    throw new Error(`has no rule "${name}"; there are ${Object.keys(defaults).join(', ')}`);
  }
  if (!/^\d{1,9}(?:\/\d{1,9}){1,2}$/.test(numbers)) {
    throw new Error(`must say ${name}=points/seconds or ${name}=points/seconds/burst`);
  }
  const [points = 0, seconds = 0, burst = points] = numbers.split('/').map(Number);
  if (Math.min(points, seconds, burst) < 1) throw new Error(`must have numbers of at least 1 for ${name}`);
  return {name: name as RuleName, points, perMs: seconds * second, burst};
}
