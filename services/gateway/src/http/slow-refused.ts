/** Lets an address whose requests are refused again and again wait before the next one is looked at. */
import type {IncomingMessage, RequestListener} from 'node:http';
import {createTarpits, type Pace} from '../tarpit.ts';
import {probes} from './request-lane.ts';

/** Answers to what no client of ours asks often: malformed, too large, or more than the limits allow. */
const floodStatuses: ReadonlySet<number> = new Set([400, 413, 415, 429, 503]);
/** Of an address, behind which may be many people; one program that only tries things out stays below. */
const refusals: Pace = {burst: 300, perSecond: 50};
/** Requests that wait; further ones go on at once, since the lane behind bounds them. */
const mostWaiting = 2_000;

export function slowRefused(
  handle: RequestListener,
  {addressOf, pace = refusals}: {addressOf: (request: IncomingMessage) => string; pace?: Pace},
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
    if (waitMs === 0 || waiting >= mostWaiting) return handle(req, res);
    waiting += 1;
    setTimeout(() => {
      waiting -= 1;
      if (!res.closed) handle(req, res);
    }, waitMs);
  };
}
