/**
 * A rate that tenants share: a token bucket that holds one second's worth. Each tenant that asked recently has a part by
 * its weight, and the others may use what it leaves. A tenant that asks alone has the whole rate.
 */
import type {WeightOf} from './fair-queue.ts';

export type FairRateOptions = {
  perSecond: number;
  /** A tenant that has not asked for this long leaves its part to the others. */
  rememberedMs?: number;
  weightOf?: WeightOf;
  /** Monotonic, milliseconds. */
  now?: () => number;
};

type Part = {tokens: number; weight: number; askedAt: number};

export class FairRate {
  readonly #options: Required<FairRateOptions>;
  readonly #parts = new Map<string, Part>();
  /** Tokens that tenants left. The others may take them beyond their own part. */
  #spare = 0;
  #weights = 0;
  #at: number;

  constructor({
    perSecond,
    rememberedMs = 5_000,
    weightOf = () => 1,
    now = () => performance.now(),
  }: FairRateOptions) {
    this.#options = {perSecond, rememberedMs, weightOf, now};
    this.#at = now();
  }

  /** Whether the tenant may proceed now. If so, it takes a token. */
  take(tenant: string): boolean {
    const now = this.#options.now();
    this.#forget(now);
    this.#refill(now);
    const part = this.#parts.get(tenant) ?? this.#join(tenant, now);
    part.askedAt = now;
    if (part.tokens >= 1) part.tokens -= 1;
    else if (this.#spare >= 1) this.#spare -= 1;
    else return false;
    return true;
  }

  #shareOf({weight}: Part): number {
    return (this.#options.perSecond * weight) / this.#weights;
  }

  #refill(now: number): void {
    const seconds = (now - this.#at) / 1_000;
    this.#at = now;
    let held = 0;
    for (const part of this.#parts.values()) {
      const share = this.#shareOf(part);
      part.tokens += share * seconds;
      // A part that holds less than one token would never admit anybody.
      const most = Math.max(1, share);
      if (part.tokens > most) {
        this.#spare += part.tokens - most;
        part.tokens = most;
      }
      held += part.tokens;
    }
    // All parts together never hold more than a second's worth.
    this.#spare = Math.min(this.#spare, Math.max(0, this.#options.perSecond - held));
  }

  #forget(now: number): void {
    for (const [tenant, {askedAt, weight}] of this.#parts) {
      if (now - askedAt <= this.#options.rememberedMs) continue;
      this.#parts.delete(tenant);
      this.#weights -= weight;
    }
  }

  /**
   * A new tenant starts with its whole part, so that its first requests do not wait because others have used up the tokens.
   */
  #join(tenant: string, now: number): Part {
    const part = {tokens: 0, weight: Math.max(1, this.#options.weightOf(tenant)), askedAt: now};
    this.#parts.set(tenant, part);
    this.#weights += part.weight;
    part.tokens = Math.max(1, this.#shareOf(part));
    this.#refill(now);
    return part;
  }
}
