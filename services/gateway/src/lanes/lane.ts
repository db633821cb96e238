/**
 * A lane: so many are under way at once, the others wait, and tenants and their addresses take turns. What would wait long is
 * refused. lanes.ts has all of them.
 */
import {ChatError} from '@madang/protocol/errors';
import {FairQueue, type By, type WeightOf} from '@madang/runtime/fair-queue';

export type LaneRule = {
  /** Under way at once. */
  running: number;
  /** What takes longer no longer holds up others. */
  heldMs?: number;
  /** Places of those who wait; a tenant that waits alone has half of them. */
  waiting: number;
  /** Who has waited longer is refused when its turn comes; without it, everybody goes on. */
  withinMs?: number;
  /** Of one address, and of one user: under way and waiting together. */
  perAddress?: number;
  perUser?: number;
};

/** Who waits; what has no address or user, as a service has none, is bounded by the lane alone. */
export type LaneUser = By & {
  userId?: string | undefined;
  /** Monotonic, milliseconds: waits no longer than until then, whatever the lane's own time. */
  until?: number;
};

export type Turn = {
  /** It came too late for anyone to wait for it. */
  isLate: boolean;
  /** Lets the next one go; calling it again does nothing. */
  leave: () => void;
};

export type Lane = {
  readonly withinMs: number;
  /**
   * Runs the work when it is its turn. Throws, without running it, `rate_limited` for an address or a user that has its
   * share, and `overloaded` where the lane is full or the turn came too late; all may be tried again in a second.
   */
  run<T>(by: LaneUser, work: () => Promise<T>): Promise<T>;
  /** The two parts of `run`: runs what may wait somewhere else, too, while its address and user are counted … */
  counted<T>(by: LaneUser, act: () => Promise<T>): Promise<T>;
  /** … and runs the work at its turn. */
  inTurn<T>(by: LaneUser, work: () => Promise<T>): Promise<T>;
  /** The same for what is no promise: calls `begin` at its turn, at once where a place is free. Throws `overloaded` where the lane is full. */
  enter(by: () => LaneUser, begin: (turn: Turn) => void): void;
};

const retryAfterMs = 1_000;

export function createLane(rule: LaneRule, weightOf?: WeightOf): Lane {
  const {running, heldMs, waiting, withinMs = Infinity, perAddress = Infinity, perUser = Infinity} = rule;
  const queue = new FairQueue<() => void>({places: waiting, ...(weightOf && {weightOf})});
  const addresses = createCount(perAddress);
  const users = createCount(perUser);
  let active = 0;

  function turn(isLate: boolean): Turn {
    let isHeld = true;
    const leave = () => {
      if (!isHeld) return;
      isHeld = false;
      clearTimeout(timer);
      const next = queue.next();
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
    const until = user.until ?? performance.now() + withinMs;
    const isIn = queue.add(user, () => begin(turn(performance.now() >= until)));
    if (!isIn) throw new ChatError('overloaded', {retryAfterMs});
  }

  async function inTurn<T>(by: LaneUser, work: () => Promise<T>): Promise<T> {
    const {isLate, leave} = await new Promise<Turn>((resolve) => enter(() => by, resolve));
    try {
      if (isLate) throw new ChatError('overloaded', {retryAfterMs});
      return await work();
    } finally {
      leave();
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

/** How many of each key there are; what has no key is not counted. */
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
