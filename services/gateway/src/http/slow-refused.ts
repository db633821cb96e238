/** Delays the requests of an address whose requests are refused repeatedly. */
import type {IncomingMessage, RequestListener} from 'node:http';
import {createTarpits, type Pace} from '../identity/tarpit.ts';
import {probes, refuse} from './request-lane.ts';

/** Statuses that honest clients rarely get: malformed, too large, or above the limits. */
const floodStatuses: ReadonlySet<number> = new Set([400, 413, 415, 429, 503]);
/** Per address, which many people may share; a developer's trial program stays below it. */
const refusals: Pace = {burst: 300, perSecond: 50};
/**
 * Delayed requests, over all addresses. Further requests of an address that should wait are refused and their
 * connections closed. If they were let through, they would be faster than those that wait, and a large enough flood
 * would pass.
 */
const most = 2_000;
const retryAfterMs = 2_000;

export type SlowRefusedOptions = {
  addressOf: (request: IncomingMessage) => string;
  pace?: Pace;
  mostWaiting?: number;
};

export function slowRefused(
  handle: RequestListener,
  {addressOf, pace = refusals, mostWaiting = most}: SlowRefusedOptions,
): RequestListener {
  const tarpits = createTarpits(pace);
  let waiting = 0;

  return (req, res) => {
    if (probes.has(req.url ?? '')) return handle(req, res);
    const address = addressOf(req);
    res.once('finish', () => {
      if (floodStatuses.has(res.statusCode)) tarpits.refused(address);
    });
    const waitMs = tarpits.waitMs(address);
    if (waitMs === 0) return handle(req, res);
    if (waiting >= mostWaiting) {
      res.setHeader('Connection', 'close');
      return refuse(res, retryAfterMs);
    }
    waiting += 1;
    setTimeout(() => {
      waiting -= 1;
      if (!res.closed) handle(req, res);
    }, waitMs);
  };
}
