/** A line for work that takes a processor: a few run, the addresses take turns, and what would wait long is refused. */
import {ChatError} from '@madang/protocol/errors';
import {createTurns} from './turns.ts';

/** Whom a place in line is counted for; what has no address, as a service has none, is bounded by the lane alone. */
export type HashedBy = {address?: string; userId?: string};

export type HashLaneOptions = {
  running: number;
  /** Of all together. */
  waiting: number;
  /** Of one address, running ones included; a user has one. */
  perAddress: number;
};

export type HashLane = {
  /**
   * Runs the work when it is its turn. At once and without running it, throws `rate_limited` for a user with one in
   * line or an address with its share, and `overloaded` where the line is full; both may be tried again in a second.
   */
  run<T>(by: HashedBy, work: () => Promise<T>): Promise<T>;
};

const retryAfterMs = 1_000;

export function createHashLane({running, waiting, perAddress}: HashLaneOptions): HashLane {
  const users = new Set<string>();
  const addresses = new Map<string, number>();
  const turns = createTurns();
  let active = 0;

  function enter({address, userId}: HashedBy): void {
    const isUsersSecond = userId !== undefined && users.has(userId);
    const ofAddress = address === undefined ? 0 : (addresses.get(address) ?? 0);
    if (isUsersSecond || ofAddress >= perAddress) throw new ChatError('rate_limited', {retryAfterMs});
    if (turns.size() >= waiting) throw new ChatError('overloaded', {retryAfterMs});
    if (userId !== undefined) users.add(userId);
    if (address !== undefined) addresses.set(address, ofAddress + 1);
  }

  function leave({address, userId}: HashedBy): void {
    if (userId !== undefined) users.delete(userId);
    if (address === undefined) return;
    const left = (addresses.get(address) ?? 1) - 1;
    if (left > 0) addresses.set(address, left);
    else addresses.delete(address);
  }

  return {
    async run(by, work) {
      enter(by);
      if (active >= running) await turns.wait(by.address ?? '');
      else active += 1;
      try {
        return await work();
      } finally {
        leave(by);
        if (!turns.next()) active -= 1;
      }
    },
  };
}
