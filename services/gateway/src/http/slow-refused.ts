/** Lets an address whose requests are refused again and again wait before the next one is looked at. */
import type {IncomingMessage, RequestListener} from 'node:http';
import {createTarpits, type Pace} from '../identity/tarpit.ts';
import {probes, refuse} from './request-lane.ts';

/** Answers to what no client of ours asks often: malformed, too large, or more than the limits allow. */
const floodStatuses: ReadonlySet<number> = new Set([400, 413, 415, 429, 503]);
/** Of an address, behind which may be many people; one program that only tries things out stays below. */
const refusals: Pace = {burst: 300, perSecond: 50};
/**
 * Requests that wait, of all addresses. Further ones of an address that should wait are refused and their connections closed:
 * going on, they would be quicker than those that wait, and a flood would only have to be large enough.
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
