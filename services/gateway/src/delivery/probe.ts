/**
 * The delivery probe. Once a second each node broadcasts a canary the way that frames take: its publisher, Redis, the
 * subscribers of all nodes, itself among them. Connections may live while nothing passes; then only this shows it.
 *
 * A node that has failed steps aside: it is not ready, so the balancer sends it nobody new. Its open sockets stay, since
 * the pulse brings them everything within a second. One node at a time steps aside, and none because a store is down for
 * all: then reports do not arrive, or no node fares better. Canaries are in no room, and no socket gets them.
 */
import type {PeerReport} from '@madang/database/delivery/node-probes';
import type {Logger} from '@madang/runtime/log';
import type {GatewayMetrics} from '../metrics.ts';
import {judge, silentMs, type Failure} from './probe-verdict.ts';

const everyMs = 1_000;
/** After a longer break this process was frozen or busy, so a canary that it missed proves nothing. */
const breakMs = 2_500;
/** The canaries of at most this many other nodes are remembered. */
const mostNodes = 1_000;

export type Canary = {from: string; no: number};

export type ProbeDeps = {
  nodeId: string;
  send(canary: Canary): void;
  exchange(own: PeerReport): Promise<PeerReport[]>;
  mayStepAside(): Promise<boolean>;
  stepBack(): Promise<void>;
  metrics: Pick<GatewayMetrics, 'canarySeconds' | 'probeFailed' | 'probePeers'>;
  log: Logger;
  now?: () => number;
};

export class Probe {
  readonly #deps: ProbeDeps;
  readonly #now: () => number;
  readonly #heardAt = new Map<string, number>();
  readonly #sentAt = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #no = 0;
  #since = 0;
  #tickedAt = 0;
  #echoAt = 0;
  #soundSince = 0;
  #failure: Failure | undefined;
  #echoMs: number | undefined;
  #isClosed = false;

  constructor(deps: ProbeDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? (() => performance.now());
  }

  /** How long its last canary took to come back. */
  get echoMs(): number | undefined {
    return this.#echoMs;
  }

  /** Which direction fails; undefined while the node need not step aside. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  start(): void {
    this.#begin(this.#now());
    this.#timer = setInterval(() => void this.tick(), everyMs).unref();
    void this.tick();
  }

  /** Resolves once nothing is asked any more. The node may serve from then on: it is stopping anyway. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#ticking;
    this.#set(undefined);
  }

  receive({from, no}: Canary): void {
    const now = this.#now();
    if (from !== this.#deps.nodeId) {
      if (this.#heardAt.size >= mostNodes) this.#heardAt.clear();
      this.#heardAt.set(from, now);
      return;
    }
    if (now - this.#echoAt >= breakMs) this.#soundSince = now;
    this.#echoAt = now;
    const sentAt = this.#sentAt.get(no);
    if (sentAt === undefined) return;
    this.#sentAt.delete(no);
    this.#echoMs = Math.round(now - sentAt);
    this.#deps.metrics.canarySeconds.observe((now - sentAt) / 1_000);
  }

  /** Sends a canary, and looks at what the others report; one look at a time. */
  tick(): Promise<void> {
    const now = this.#now();
    if (now - this.#tickedAt > breakMs) this.#begin(now);
    this.#tickedAt = now;
    this.#no += 1;
    this.#sentAt.set(this.#no, now);
    this.#sentAt.delete(this.#no - 10);
    this.#deps.send({from: this.#deps.nodeId, no: this.#no});
    this.#ticking ??= this.#look().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** Everything that is not heard is counted from now on. */
  #begin(now: number): void {
    this.#since = this.#tickedAt = this.#echoAt = this.#soundSince = now;
    this.#heardAt.clear();
  }

  async #look(): Promise<void> {
    const {exchange, mayStepAside, stepBack, log, metrics} = this.#deps;
    try {
      const own = this.#report();
      const peers = await exchange(own);
      metrics.probePeers.set(peers.length);
      const failure = judge(own, peers);
      if (failure !== undefined) this.#set((await mayStepAside()) ? failure : undefined);
      else if (this.#failure !== undefined) {
        this.#set(undefined);
        await stepBack();
      }
    } catch (error) {
      // Without Postgres nobody knows how the others fare.
      this.#set(undefined);
      log.debug({err: error}, 'no probe: Postgres does not answer');
    }
  }

  #report(): PeerReport {
    const now = this.#now();
    const age = (at: number) => Math.round(now - at);
    const heardAgeMs: Record<string, number> = {};
    for (const [id, at] of this.#heardAt) {
      if (age(at) < 10 * silentMs) heardAgeMs[id] = age(at);
      else this.#heardAt.delete(id);
    }
    const echoAgeMs = age(this.#echoAt);
    const soundForMs = echoAgeMs < breakMs ? age(this.#soundSince) : 0;
    return {id: this.#deps.nodeId, report: {sinceMs: age(this.#since), echoAgeMs, soundForMs, heardAgeMs}};
  }

  #set(failure: Failure | undefined): void {
    const next = this.#isClosed ? undefined : failure;
    if (next === this.#failure) return;
    const {metrics, log} = this.#deps;
    if (this.#failure !== undefined) metrics.probeFailed.set({direction: this.#failure}, 0);
    if (next !== undefined) metrics.probeFailed.set({direction: next}, 1);
    if (next !== undefined) log.warn({direction: next}, 'broadcasts do not pass: stepping aside');
    else
      log.warn({direction: this.#failure}, 'broadcasts pass again, or nothing says that others fare better');
    this.#failure = next;
  }
}
