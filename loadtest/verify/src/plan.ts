/** The sizes of a run. */
export type Plan = {
  name: string;
  seconds: number;
  gateways: number;
  /** The number of people, each with an SDK client. Every second one also has a raw client. */
  people: number;
  /** Messages a second that all of them together try to send. */
  perSecond: number;
  /** Which Redis, where it is not one server: long runs have a replica behind its name. */
  redis?: 'sentinels' | 'cluster';
  /** Faults begin after a calm time, and come at this interval. A calm run has none. */
  faults:
    | {
        everyMs: number;
        lastMs: [number, number];
        atOnceShare: number;
        kinds: 'few' | 'all' | 'rolling restart' | 'node killed';
      }
    | undefined;
};

export const plans: Readonly<Record<string, Plan>> = {
  smoke: {
    name: 'smoke',
    seconds: 90,
    gateways: 2,
    people: 8,
    perSecond: 30,
    faults: {everyMs: 8_000, lastMs: [2_000, 5_000], atOnceShare: 0, kinds: 'few'},
  },
  standard: {
    name: 'standard',
    seconds: 12 * 60,
    gateways: 3,
    people: 26,
    perSecond: 170,
    faults: {everyMs: 14_000, lastMs: [3_000, 12_000], atOnceShare: 0.2, kinds: 'all'},
  },
  long: {
    name: 'long',
    seconds: 30 * 60,
    gateways: 3,
    people: 26,
    perSecond: 220,
    faults: {everyMs: 13_000, lastMs: [3_000, 12_000], atOnceShare: 0.2, kinds: 'all'},
  },
  // Faults of one kind only, as often as the time allows.
  rolling: {
    name: 'rolling',
    seconds: 8 * 60,
    gateways: 3,
    people: 26,
    perSecond: 100,
    faults: {everyMs: 5_000, lastMs: [0, 0], atOnceShare: 0, kinds: 'rolling restart'},
  },
  kills: {
    name: 'kills',
    seconds: 5 * 60,
    gateways: 3,
    people: 26,
    perSecond: 100,
    faults: {everyMs: 12_000, lastMs: [1_000, 4_000], atOnceShare: 0, kinds: 'node killed'},
  },
  // All faults that this kind of Redis can have.
  sentinels: {
    name: 'sentinels',
    redis: 'sentinels',
    seconds: 8 * 60,
    gateways: 3,
    people: 26,
    perSecond: 170,
    faults: {everyMs: 14_000, lastMs: [3_000, 12_000], atOnceShare: 0.2, kinds: 'all'},
  },
  cluster: {
    name: 'cluster',
    redis: 'cluster',
    seconds: 8 * 60,
    gateways: 3,
    people: 26,
    perSecond: 170,
    faults: {everyMs: 14_000, lastMs: [3_000, 12_000], atOnceShare: 0.2, kinds: 'all'},
  },
  calm: {name: 'calm', seconds: 3 * 60, gateways: 3, people: 26, perSecond: 150, faults: undefined},
};
