/** Makes one fault after the other, sometimes two at once, and undoes each. Every kind comes up before any is repeated. */
import {setTimeout as delay} from 'node:timers/promises';
import type {GatewayProcess} from '@madang/testkit/cluster-processes';
import type {Plan} from '../plan.ts';
import type {Random} from '../random.ts';
import {clientFaults} from './clients.ts';
import type {Fault, FaultRecord, World} from './fault.ts';
import {networkFaults} from './network.ts';
import {processFaults} from './processes.ts';
import {rightsFaults} from './rights.ts';
import {redisFailovers} from './redis-failovers.ts';
import {storeFaults} from './stores.ts';

export const allFaults: Fault[] = [
  ...processFaults,
  ...storeFaults,
  ...redisFailovers,
  ...networkFaults,
  ...clientFaults,
  ...rightsFaults,
];

/** The faults of a short run: one of each sort, and everything that a product takes away. */
const few = new Set([
  'node killed',
  'Redis killed',
  'Postgres crashed',
  'node frozen',
  'Redis subscribers cut',
  'node drained',
  ...rightsFaults.map(({kind}) => kind),
]);
/** The first fault meets a cluster that has run for a moment, and after the last one there is time to recover. */
const calmAtEndsMs = 5_000;

type Done = {
  records: FaultRecord[];
  impossible: Map<string, string>;
};

const needStandby = new Set([
  'Postgres failed over',
  'Postgres promoted with old connections',
  'Postgres without disk space',
]);

export class Schedule implements Done {
  readonly records: FaultRecord[] = [];
  readonly impossible = new Map<string, string>();
  /**
   * Faults that could not be made or undone, and why. The run continues, because all earlier acknowledgements must be
   * checked.
   */
  readonly failures: string[] = [];
  readonly #world: Omit<World, 'random'>;
  readonly #plan: NonNullable<Plan['faults']>;
  readonly #random: Random;
  readonly #say: (line: string) => void;
  readonly #possible: Fault[];
  readonly #claimed = new Set<string>();
  #queue: Fault[] = [];

  constructor(
    world: Omit<World, 'random'>,
    plan: NonNullable<Plan['faults']>,
    random: Random,
    say: (line: string) => void,
    only?: string,
  ) {
    this.#world = world;
    this.#plan = plan;
    this.#random = random;
    this.#say = say;
    const wanted = allFaults.filter(({kind}) => {
      if (only !== undefined) return kind.includes(only);
      return plan.kinds === 'all' || plan.kinds === kind || (plan.kinds === 'few' && few.has(kind));
    });
    for (const fault of wanted) {
      const {kind, impossible} = fault;
      const reason = impossible?.() ?? this.#missing(fault);
      if (reason !== undefined) this.impossible.set(kind, reason);
    }
    this.#possible = wanted.filter(({kind}) => !this.impossible.has(kind));
  }

  /** Runs for about this long. Resolves once everything is healed. */
  async run(forMs: number, calmMs = calmAtEndsMs): Promise<void> {
    const end = performance.now() + forMs - calmMs;
    const running: Promise<void>[] = [];
    await delay(calmMs);
    while (performance.now() < end) {
      running.push(this.#doOne(end));
      if (this.#random.next() < this.#plan.atOnceShare) running.push(this.#doOne(end));
      await delay(this.#plan.everyMs * this.#random.between(0.8, 1.2));
    }
    await Promise.all(running);
  }

  /** Whether nothing was done in this period, nor so shortly before it that it may still have effects. */
  wasCalm(from: number, to: number, recoveryMs = 10_000): boolean {
    return this.records.every(
      ({startedAt, healedAt, isQuiet}) => isQuiet || startedAt > to || healedAt + recoveryMs < from,
    );
  }

  async #doOne(end: number): Promise<void> {
    const chosen = this.#choose();
    if (!chosen) return;
    const {fault, gateway, claims} = chosen;
    const world = {...this.#world, random: this.#random};
    const target = fault.on === 'a gateway' ? gateway.name : fault.on;
    const lastsMs = fault.lastsMs ?? this.#random.between(...this.#plan.lastMs);
    const {kind, isQuiet = false} = fault;
    const record = {kind, target, isQuiet, startedAt: performance.now(), healedAt: Infinity};
    this.records.push(record);
    this.#say(`${fault.kind}: ${target}, ${(lastsMs / 1_000).toFixed(1)} s`);
    try {
      const heal = await fault.begin({...world, gateway});
      await delay(Math.min(lastsMs, Math.max(0, end - performance.now())));
      await heal();
      record.healedAt = performance.now();
      await fault.tidy?.(world);
    } catch (error) {
      this.failures.push(`${fault.kind} could not be done or undone: ${(error as Error).message}`);
      this.#say(this.failures.at(-1)!);
    } finally {
      record.healedAt = Math.min(record.healedAt, performance.now());
      for (const claim of claims) this.#claimed.delete(claim);
    }
  }

  #missing({kind, redis}: Fault): string | undefined {
    const {redisUrl, namedRedis, sentinelRedis, clusterRedis} = this.#world.cluster;
    const given = {named: namedRedis, sentinels: sentinelRedis, cluster: clusterRedis, one: redisUrl};
    if (kind.startsWith('Redis') && given[redis ?? 'one'] === (redis ? undefined : ''))
      return 'this run has another kind of Redis';
    return needStandby.has(kind) && !this.#world.cluster.replicated ? 'this run has no standby' : undefined;
  }

  /** Returns the next fault in turn whose targets no other fault uses. */
  #choose(): {fault: Fault; gateway: GatewayProcess; claims: string[]} | undefined {
    const {gateways} = this.#world.cluster;
    if (this.#queue.length === 0) this.#queue = this.#random.shuffle(this.#possible);
    for (const [index, fault] of this.#queue.entries()) {
      const free = gateways.filter(({name}) => !this.#claimed.has(name));
      const gateway = this.#random.pick(free.length > 0 ? free : gateways);
      const claims = this.#claimsOf(fault, gateway);
      if (claims.some((claim) => this.#claimed.has(claim))) continue;
      this.#queue.splice(index, 1);
      for (const claim of claims) this.#claimed.add(claim);
      return {fault, gateway, claims};
    }
    return undefined;
  }

  #claimsOf({on, kind, claims = []}: Fault, gateway: GatewayProcess): string[] {
    if (on === 'a gateway') return [gateway.name, ...claims];
    if (on === 'all gateways') return [...this.#world.cluster.gateways.map(({name}) => name), ...claims];
    return [on === 'clients' ? kind : on, ...claims];
  }
}
