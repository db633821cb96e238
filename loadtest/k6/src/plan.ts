/** What a run does, and how much of it. Pure: both `npm run load` and the scenarios inside k6 read it. */

export type ScenarioName = 'steady-chat' | 'hot-room' | 'reconnect-storm' | 'idle' | 'http-api' | 'mixed';

export type Plan = {
  scenario: ScenarioName;
  url: string;
  key: string;
  /** Each user has its own connection; in `http-api` there are none. */
  users: number;
  roomSize: number;
  /** The messages a second into each room. */
  rate: number;
  rampMs: number;
  /** Counted from the end of the ramp. */
  durationMs: number;
  /** How often all users are cut off at once. */
  storms: number;
};

type Sizes = Omit<Plan, 'scenario' | 'url' | 'key'>;
export const scenarios: Record<ScenarioName, {what: string} & Sizes> = {
  'steady-chat': {
    what: 'rooms of ten people, with one message per second in each',
    users: 100,
    roomSize: 10,
    rate: 1,
    rampMs: 10_000,
    durationMs: 60_000,
    storms: 0,
  },
  'hot-room': {
    what: 'one room with everybody in it',
    users: 300,
    roomSize: 300,
    rate: 5,
    rampMs: 10_000,
    durationMs: 60_000,
    storms: 0,
  },
  'reconnect-storm': {
    what: 'everybody loses the connection at the same moment and resumes, while sends go on',
    users: 300,
    roomSize: 10,
    rate: 0.5,
    rampMs: 10_000,
    durationMs: 60_000,
    storms: 3,
  },
  idle: {
    what: 'connections that only listen, and get one message at the end',
    users: 1_000,
    roomSize: 50,
    rate: 0,
    rampMs: 20_000,
    durationMs: 60_000,
    storms: 0,
  },
  'http-api': {
    what: 'people without a connection, who send and read over HTTP',
    users: 30,
    roomSize: 3,
    rate: 1,
    rampMs: 5_000,
    durationMs: 60_000,
    storms: 0,
  },
  mixed: {
    what: '60 % of the users in small rooms, 20 % in one room, 10 % idle and 10 % over HTTP',
    users: 300,
    roomSize: 10,
    rate: 0.5,
    rampMs: 15_000,
    durationMs: 60_000,
    storms: 0,
  },
};

/** The variable that carries a plan from the command line into k6. */
export const planVariable = 'LOAD_PLAN';

export class BadPlan extends Error {}

export type PlanOptions = Partial<Record<'url' | 'key' | keyof Sizes, string>>;

/** Reads the command line. Throws BadPlan with one line that says what to type instead. */
export function readPlan(scenario: string | undefined, options: PlanOptions): Plan {
  if (!isScenario(scenario)) throw new BadPlan(`say which scenario: ${Object.keys(scenarios).join(', ')}`);
  const {what: _, ...sizes} = scenarios[scenario];
  const plan: Plan = {
    scenario,
    url: readUrl(options.url),
    key: readKey(options.key),
    users: readNumber('--users', options.users, sizes.users, {min: 1, isWhole: true}),
    roomSize: readNumber('--room-size', options.roomSize, sizes.roomSize, {min: 2, isWhole: true}),
    rate: readNumber('--rate', options.rate, sizes.rate, {min: 0, isWhole: false}),
    rampMs: readTime('--ramp', options.rampMs, sizes.rampMs),
    durationMs: readTime('--duration', options.durationMs, sizes.durationMs),
    storms: readNumber('--storms', options.storms, sizes.storms, {min: 0, isWhole: true}),
  };
  if (scenario === 'hot-room') plan.roomSize = plan.users;
  if (plan.users < 2) throw new BadPlan('--users must be 2 or more, or nobody hears anything');
  return plan;
}

/** Returns how many rooms the users make for themselves, each in one virtual user of k6. */
export function roomsOf({users, roomSize}: Pick<Plan, 'users' | 'roomSize'>): number {
  return Math.max(1, Math.floor(users / roomSize));
}

/** Returns how many users are in the room with this index. The last room takes the remainder. */
export function usersOf(plan: Pick<Plan, 'users' | 'roomSize'>, index: number): number {
  const rooms = roomsOf(plan);
  const each = Math.floor(plan.users / rooms);
  return each + (index < plan.users - each * rooms ? 1 : 0);
}

function isScenario(name: string | undefined): name is ScenarioName {
  return name !== undefined && Object.hasOwn(scenarios, name);
}

function readUrl(text: string | undefined): string {
  const address = /^https?:\/\/[^/?#]+\/?$/;
  if (text && address.test(text)) return text.replace(/\/$/, '');
  throw new BadPlan('say where the cluster is: --url http://127.0.0.1:8080');
}

function readKey(text: string | undefined): string {
  if (text?.startsWith('mdk_')) return text;
  throw new BadPlan('give the service key that makes the users: --key mdk_…');
}

function readNumber(
  name: string,
  text: string | undefined,
  byDefault: number,
  {min, isWhole}: {min: number; isWhole: boolean},
): number {
  if (text === undefined) return byDefault;
  const value = Number(text);
  const fits = isWhole ? /^\d+$/.test(text) : /^\d+(\.\d+)?$/.test(text);
  if (fits && value >= min && value <= 1_000_000) return value;
  throw new BadPlan(`${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} on, not "${text}"`);
}

const units: Record<string, number> = {s: 1_000, m: 60_000, h: 3_600_000};

function readTime(name: string, text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  const [, count, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  if (count && unit) return Number(count) * units[unit]!;
  throw new BadPlan(`${name} must be a time like 30s, 5m or 2h, not "${text}"`);
}
