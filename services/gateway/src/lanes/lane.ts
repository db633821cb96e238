/**
 * A lane: a limited number runs at once, the rest waits, and tenants and their addresses take turns. A call that would
 * wait too long is refused. lanes.ts has all lanes.
 */
import {ChatError} from '@madang/protocol/errors';
import {FairQueue, type By, type WeightOf} from '@madang/runtime/fair-queue';

export type LaneRule = {
  /** How many run at once. */
  running: number;
  /** Work that takes longer than this no longer blocks others. */
  heldMs?: number;
  /** How many may wait; a tenant that waits alone has half of the places. */
  waiting: number;
  /** A caller who has waited longer is refused at its turn; without this, everybody is let through. */
  withinMs?: number;
  /** How many of one address, and of one user, may run and wait together. */
  perAddress?: number;
  perUser?: number;
  /**
   * Whether work failed because a deadline ended it. Its place then stays closed for a while, longer each time until work
   * succeeds: where everything runs out of time, fewer at once finish more.
   */
  isCutOff?: (error: unknown) => boolean;
};

/** The caller who waits. A caller without address or user, such as a service, is bounded only by the lane. */
export type LaneUser = By & {
  userId?: string | undefined;
  /** Monotonic, milliseconds: the caller waits until then at most, even if the lane would allow more. */
  until?: number;
  /** The caller has had a turn before for the same call, so this turn comes before all first ones. */
  goesOn?: boolean;
  /** Whether nobody waits for the call any more. */
  isGone?: () => boolean;
};

export type Turn = {
  /** The turn came too late for anyone to wait for it. */
  isLate: boolean;
  /** Lets the next one go; calling it again does nothing. */
  leave: () => void;
};

export type Lane = {
  readonly withinMs: number;
  /**
   * Runs the work at its turn. Without running it, throws `rate_limited` for an address or user that has used up its
   * share, and `overloaded` if the lane is full or the turn came too late. A retry after a second may succeed in each
   * case.
   */
  run<T>(by: LaneUser, work: () => Promise<T>): Promise<T>;
  /** The first half of `run`: counts the address and user while `act` runs, which may also wait elsewhere … */
  counted<T>(by: LaneUser, act: () => Promise<T>): Promise<T>;
  /** … and the second half: runs the work at its turn. */
  inTurn<T>(by: LaneUser, work: () => Promise<T>): Promise<T>;
  /** The same without a promise: calls `begin` at its turn, at once if a place is free. Throws `overloaded` if full. */
  enter(by: () => LaneUser, begin: (turn: Turn) => void): void;
};

const retryAfterMs = 1_000;
// A deadline that ends work doubles the rest, and a success shortens it by little: few calls start that cannot finish.
const [firstRestMs, longestRestMs] = [500, 4_000];

export function createLane(rule: LaneRule, weightOf?: WeightOf): Lane {
  const {running, heldMs, waiting, withinMs = Infinity, perAddress = Infinity, perUser = Infinity} = rule;
  const isCutOff = rule.isCutOff ?? (() => false);
  const begun: (() => void)[] = [];
  const queue = new FairQueue<() => void>({places: waiting, ...(weightOf && {weightOf})});
  const addresses = createCount(perAddress);
  const users = createCount(perUser);
  let active = 0;
  let restMs = 0;

  function turn(isLate: boolean): Turn {
    let isHeld = true;
    const leave = () => {
      if (!isHeld) return;
      isHeld = false;
      clearTimeout(timer);
      const next = begun.shift() ?? queue.next();
      if (next) next();
      else active -= 1;
    };
    const timer = heldMs === undefined ? undefined : setTimeout(leave, heldMs);
    return {isLate, leave};
  }

  function enter(by: () => LaneUser, begin: (turn: Turn) => void): void {
    if (active < running) {
      active += 1;
      return begin(turn(false));
    }
    const user = by();
    if (user.goesOn) return void begun.push(() => begin(turn(false)));
    const until = user.until ?? performance.now() + withinMs;
    const isIn = queue.add(user, () => begin(turn(performance.now() >= until)));
    if (!isIn) throw new ChatError('overloaded', {retryAfterMs});
  }

  async function inTurn<T>(by: LaneUser, work: () => Promise<T>): Promise<T> {
    const {isLate, leave} = await new Promise<Turn>((resolve) => enter(() => by, resolve));
    let closedMs = 0;
    try {
      if (isLate || by.isGone?.()) throw new ChatError('overloaded', {retryAfterMs});
      const result = await work();
      restMs = Math.max(0, restMs - firstRestMs / 2);
      return result;
    } catch (error) {
      if (isCutOff(error)) {
        closedMs = restMs = Math.min(Math.max(restMs * 2, firstRestMs), longestRestMs);
      }
      throw error;
    } finally {
      if (closedMs > 0) setTimeout(leave, closedMs);
      else leave();
    }
  }

  async function counted<T>({address, userId}: LaneUser, act: () => Promise<T>): Promise<T> {
    const per = addresses.isFull(address) ? 'address' : users.isFull(userId) ? 'user' : undefined;
    if (per) throw new ChatError('rate_limited', {retryAfterMs, details: {limit: 'under-way', per}});
    addresses.add(address);
    users.add(userId);
    try {
      return await act();
    } finally {
      addresses.remove(address);
      users.remove(userId);
    }
  }

  return {withinMs, enter, inTurn, counted, run: (by, work) => counted(by, () => inTurn(by, work))};
}

/** How many there are of each key; callers without a key are not counted. */
function createCount(most: number) {
  const counts = new Map<string, number>();
  return {
    isFull: (key: string | undefined) => key !== undefined && (counts.get(key) ?? 0) >= most,
    add(key: string | undefined): void {
      if (key !== undefined && most < Infinity) counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    remove(key: string | undefined): void {
      const count = key === undefined ? undefined : counts.get(key);
      if (key === undefined || count === undefined) return;
      if (count > 1) counts.set(key, count - 1);
      else counts.delete(key);
    },
  };
}
