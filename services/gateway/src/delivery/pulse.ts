/**
 * The node's pulse: one question to Postgres, once a second and whenever something suggests it. Which signals are new,
 * and which rooms have moved? It finds whatever a lost broadcast, a dead Redis or a crashed sender withheld; Redis only
 * makes delivery fast.
 *
 * Its age counts from when the question was sent, on the monotonic clock, and only once the answer is acted upon. Above
 * the maximum age no operation starts and feeds deliver nothing. So a node that wakes from a pause, or is cut off from
 * Postgres, neither accepts nor shows anything stale.
 */
import type {Pulse, PulseAnswer, Signal} from '@madang/database/delivery/pulse';
import {ChatError} from '@madang/protocol/errors';
import type {Logger} from '@madang/runtime/log';
import type {GatewayMetrics} from '../metrics.ts';
import type {Feeds} from './feeds.ts';
import {askedAtOnce, type LaggingRooms} from './lagging-rooms.ts';

/** The delay between two questions about rooms in doubt, if one question cannot hold them all. */
const moreMs = 100;
/** Beyond this many signals that could not be acted upon, looking at everyone costs less. */
const maxOwed = 10_000;

export type NodePulseDeps = {
  pulse: Pulse;
  everyMs: number;
  maxAgeMs: number;
  metrics: GatewayMetrics;
  log: Logger;
};

/** The actions that an answer causes. */
export type PulseActions = {
  feeds: Pick<Feeds, 'all'>;
  lagging: LaggingRooms;
  /** Reads again what the signals name. The node is not fresh until this resolves. */
  onSignals(signals: Signal[]): Promise<void>;
  /** Signals may have been missed: checks everyone again. */
  onLostTrack(): Promise<void>;
  onFresh(): void;
  /** The node is fresh, and has caught up with the rooms that moved while it was not. */
  onCaughtUp(): void;
};

export class NodePulse {
  readonly #deps: NodePulseDeps;
  /** Given at start: the parts that act on answers ask how fresh the pulse is, so they are made after it. */
  #actions: PulseActions | undefined;
  #freshAt = -Infinity;
  /** The node is fresh again, but its feeds lag behind their rooms: a removed user still hears such a room. */
  #isBehind = true;
  /** Signals that could not be acted upon yet; no later answer repeats them. */
  #owed: Signal[] = [];
  #owesEveryone = false;
  /** More rooms are in doubt than the last question could hold. */
  #owesRooms = false;
  #beating: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();
  #stopped = false;

  constructor(deps: NodePulseDeps) {
    this.#deps = deps;
  }

  get ageMs(): number {
    return performance.now() - this.#freshAt;
  }

  isFresh(): boolean {
    return this.ageMs <= this.#deps.maxAgeMs;
  }

  /** Whether sockets hear what they are entitled to, as of the last pulse. */
  isCaughtUp(): boolean {
    return this.isFresh() && !this.#isBehind;
  }

  start(actions: PulseActions): Promise<void> {
    this.#actions = actions;
    return this.#beat(actions);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
  }

  /** Asks without waiting for the next second. If a question is under way, asks once more, since it may be too old. */
  now(): void {
    if (this.#stopped || !this.#actions) return;
    if (this.#beating) this.#again = true;
    else void this.#beat(this.#actions);
  }

  /** Asks for this room's position, whatever is known about it. */
  check(roomId: string): void {
    this.#actions?.lagging.doubt(roomId);
    this.now();
  }

  /** Resolves once the node is fresh; throws `unavailable` at the deadline (monotonic, ms). */
  async ready(deadlineAt: number): Promise<void> {
    if (this.isFresh()) return;
    const {promise, resolve} = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, deadlineAt - performance.now()));
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    clearTimeout(timer);
    if (!this.isFresh()) throw new ChatError('unavailable', {retryAfterMs: this.#deps.everyMs});
  }

  #beat(actions: PulseActions): Promise<void> {
    clearTimeout(this.#timer);
    this.#again = false;
    this.#beating ??= this.#ask(actions).finally(() => {
      this.#beating = undefined;
      if (this.#stopped) return;
      const waitMs = this.#again ? 0 : this.#owesRooms ? moreMs : this.#deps.everyMs;
      this.#timer = setTimeout(() => void this.#beat(actions), waitMs);
    });
    return this.#beating;
  }

  async #ask(actions: PulseActions): Promise<void> {
    const {pulse, metrics, log} = this.#deps;
    // Rooms put in doubt in the same step, such as all rooms of a page, go into this question.
    await Promise.resolve();
    const asked = actions.lagging.take();
    try {
      const answer = await pulse.ask(asked);
      actions.lagging.learn(answer, asked);
      this.#owesRooms = asked.length === askedAtOnce || (answer.fresh && actions.lagging.isInDoubt);
      await this.#lookAgain(actions, answer);
      this.#becomeFresh(actions, answer.sentAt);
      void this.#catchUp(actions);
      metrics.pulses.inc({outcome: 'ok'});
    } catch (error) {
      for (const {roomId} of asked) actions.lagging.doubt(roomId);
      this.#owesRooms = false;
      metrics.pulses.inc({outcome: 'failed'});
      log.debug({err: error}, 'pulse failed');
    }
    metrics.pulseAgeSeconds.set(Math.min(this.ageMs, 86_400_000) / 1_000);
  }

  /** Acts on the signals of an answer, and on earlier ones for which that failed. */
  async #lookAgain(actions: PulseActions, {fresh, signals}: PulseAnswer): Promise<void> {
    this.#owed.push(...signals);
    this.#owesEveryone ||= fresh || this.#owed.length > maxOwed;
    if (this.#owesEveryone) this.#owed = [];
    await (this.#owesEveryone ? actions.onLostTrack() : actions.onSignals(this.#owed));
    this.#owed = [];
    this.#owesEveryone = false;
  }

  #becomeFresh({feeds, onFresh}: PulseActions, sentAt: number): void {
    const wasFresh = this.isFresh();
    this.#isBehind ||= !wasFresh;
    this.#freshAt = Math.max(this.#freshAt, sentAt);
    if (!this.isFresh()) return;
    if (!wasFresh) for (const feed of feeds.all()) feed.resume();
    for (const resolve of this.#waiting) resolve();
    onFresh();
  }

  async #catchUp(actions: PulseActions): Promise<void> {
    const isLagEnding = this.#isBehind && !this.#owesRooms;
    const hasCaughtUp = await actions.lagging.catchUp();
    if (isLagEnding && hasCaughtUp) this.#endLag(actions);
  }

  #endLag({onCaughtUp}: PulseActions): void {
    if (!this.isFresh()) return;
    this.#isBehind = false;
    onCaughtUp();
  }
}
