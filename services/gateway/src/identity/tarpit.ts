/**
 * A tarpit: calls of a caller who is refused repeatedly are read more slowly, so that a flood of refused calls costs
 * its sender more than the node. An honest client that is refused waits by itself, and is never delayed.
 */
import {keepNewest} from '@madang/runtime/keep-newest';

export type Pace = {
  /** How many refusals in a row are not delayed. */
  burst: number;
  /** How many further refusals per second are not delayed. */
  perSecond: number;
};

/** Short enough to disturb neither a heartbeat (10 s) nor the delivery of a revocation (2 s). */
export const mostMs = 2_000;

export type Tarpit = {
  refused(): void;
  /** How long the next call should wait before it is read, in ms; 0 for nearly everyone. */
  waitMs(): number;
};

export function createTarpit({burst, perSecond}: Pace, now: () => number = () => performance.now()): Tarpit {
  const graceMs = (burst * 1_000) / perSecond;
  let freeAt = -Infinity;
  return {
    refused() {
      // Never more than the longest wait: otherwise one flood would delay others behind the address for minutes.
      freeAt = Math.min(Math.max(freeAt, now()) + 1_000 / perSecond, now() + graceMs + mostMs);
    },
    waitMs: () => Math.max(0, freeAt - now() - graceMs),
  };
}

/** A tarpit for each recently refused address, for the latest `most` of them. */
export function createTarpits(pace: Pace, most = 10_000) {
  const byAddress = new Map<string, Tarpit>();
  return {
    refused(address: string): void {
      const tarpit = byAddress.get(address) ?? createTarpit(pace);
      tarpit.refused();
      keepNewest(byAddress, address, tarpit, most);
    },
    waitMs: (address: string): number => byAddress.get(address)?.waitMs() ?? 0,
  };
}
