/**
 * A queue that tenants share. A tenant that floods the queue makes only itself wait.
 *
 * - Weighted round robin: a tenant has as many turns in a row as it weighs, then the next one has its own.
 * - Within a tenant, addresses take turns in the same way.
 * - A tenant holds at most as many places as are free, so that one is left for the next tenant.
 */

/** The tenant and the address that an item waits for. */
export type By = {tenant: string; address?: string | undefined};

/** The number of turns in a row that a tenant has: a whole number of at least 1. */
export type WeightOf = (tenant: string) => number;

/** Places that tenants share. A single tenant can hold at most half of them. */
export class SharedPlaces {
  readonly #held = new Map<string, number>();
  readonly #count: number;
  #taken = 0;

  constructor(count: number) {
    this.#count = count;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes a place. Returns false, and takes nothing, if the tenant holds as many places as are free. */
  take(tenant: string): boolean {
    const held = this.#held.get(tenant) ?? 0;
    if (held >= this.#count - this.#taken) return false;
    this.retake(tenant);
    return true;
  }

  /** Takes back a place that was left a moment ago, however many are taken now. */
  retake(tenant: string): void {
    this.#held.set(tenant, (this.#held.get(tenant) ?? 0) + 1);
    this.#taken += 1;
  }

  leave(tenant: string): void {
    const held = this.#held.get(tenant);
    if (held === undefined) return;
    if (held > 1) this.#held.set(tenant, held - 1);
    else this.#held.delete(tenant);
    this.#taken -= 1;
  }
}

type Line<T> = {byAddress: Map<string, T[]>; size: number; turns: number; weight: number};

export type FairQueueOptions = {places?: number; weightOf?: WeightOf};

export class FairQueue<T> {
  /** In the order of their turns. */
  readonly #lines = new Map<string, Line<T>>();
  readonly #places: SharedPlaces;
  readonly #weightOf: WeightOf;

  constructor({places = Infinity, weightOf = () => 1}: FairQueueOptions = {}) {
    this.#places = new SharedPlaces(places);
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#places.taken;
  }

  /** Adds an item. Returns false, and adds nothing, if the tenant holds as many places as are free. */
  add({tenant, address = ''}: By, item: T): boolean {
    if (!this.#places.take(tenant)) return false;
    const line = this.#lines.get(tenant) ?? this.#open(tenant);
    const ofAddress = line.byAddress.get(address);
    if (ofAddress) ofAddress.push(item);
    else line.byAddress.set(address, [item]);
    line.size += 1;
    return true;
  }

  /** Takes the item whose turn it is. Returns undefined if nothing waits. */
  next(): T | undefined {
    const [first] = this.#lines;
    if (!first) return undefined;
    const [tenant, line] = first;
    const item = this.#takeFrom(tenant, line);
    line.turns -= 1;
    if (line.size === 0) this.#lines.delete(tenant);
    else if (line.turns <= 0) this.#toBack(tenant, line);
    return item;
  }

  /**
   * Shares out many items at once. It calls `draw` for every waiting tenant, in the order of turns, with the tenant's share
   * by weight (of 1) and a function that takes the tenant's next item. It ends early when `draw` returns false.
   */
  shareOut(draw: (share: number, next: () => T | undefined) => boolean): void {
    const waiting = [...this.#lines];
    const weights = waiting.reduce((sum, [, {weight}]) => sum + weight, 0);
    for (const [tenant, line] of waiting) {
      const goesOn = draw(line.weight / weights, () =>
        line.size > 0 ? this.#takeFrom(tenant, line) : undefined,
      );
      if (line.size === 0) this.#lines.delete(tenant);
      else this.#toBack(tenant, line);
      if (!goesOn) return;
    }
  }

  #open(tenant: string): Line<T> {
    const weight = Math.max(1, Math.floor(this.#weightOf(tenant)));
    const line: Line<T> = {byAddress: new Map(), size: 0, turns: weight, weight};
    this.#lines.set(tenant, line);
    return line;
  }

  #takeFrom(tenant: string, line: Line<T>): T {
    const [[address, items]] = line.byAddress as unknown as [[string, T[]]];
    const item = items.shift() as T;
    line.byAddress.delete(address);
    if (items.length > 0) line.byAddress.set(address, items);
    line.size -= 1;
    this.#places.leave(tenant);
    return item;
  }

  #toBack(tenant: string, line: Line<T>): void {
    line.turns = line.weight;
    this.#lines.delete(tenant);
    this.#lines.set(tenant, line);
  }
}
