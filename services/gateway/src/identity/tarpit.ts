/**
 * A tarpit: callers that are refused again and again are read more slowly, so that a flood of refused calls costs those who send
 * it more than those who answer. An honest client that is refused waits by itself, and never meets this.
 */
import {keepNewest} from '@madang/runtime/keep-newest';

export type Pace = {
  /** Refused so often in a row without being slowed down. */
  burst: number;
  /** And so often a second from then on. */
  perSecond: number;
};

/** Below what a heartbeat, of 10 s, or a revocation, of 2 s on the way out, could notice. */
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
      // Never more than the longest wait, or others behind an address would pay for minutes of somebody's flood.
      freeAt = Math.min(Math.max(freeAt, now()) + 1_000 / perSecond, now() + graceMs + mostMs);
    },
    waitMs: () => Math.max(0, freeAt - now() - graceMs),
  };
}

/** A tarpit for each address that was refused lately, the last `most` of them. */
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
