/**
 * Lets only a few requests into the application at once, so that a flood waits here, where a request costs little, and
 * packets of sockets are handled in between.
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {ChatError, errorTable} from '@madang/protocol/errors';
import {createTurns} from '../turns.ts';

export type RequestLaneOptions = {
  addressOf: (request: IncomingMessage) => string;
  /** Begun within `heldMs` and not yet answered. */
  running?: number;
  /** What takes longer, as an upload over a slow line does, no longer holds up others. */
  heldMs?: number;
  waiting?: number;
  waitMs?: number;
};

/** How long a turn may take to come. */
export const mostWaitMs = 5_000;

export const probes: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/**
 * The listener, behind a lane in which addresses take turns. If the lane is full, or the turn came too late, the answer is
 * `overloaded`. Probes do not wait.
 */
export function inTurn(
  handle: RequestListener,
  {addressOf, running = 8, heldMs = 100, waiting = 2_000, waitMs = mostWaitMs}: RequestLaneOptions,
): RequestListener {
  const turns = createTurns();
  let active = 0;

  function begin(req: IncomingMessage, res: ServerResponse, answer = handle): void {
    if (res.closed) return leave();
    const release = once(leave);
    const timer = setTimeout(release, heldMs);
    res.once('close', () => {
      clearTimeout(timer);
      release();
    });
    answer(req, res as never);
  }

  function leave(): void {
    if (!turns.next()) active -= 1;
  }

  return (req, res) => {
    if (probes.has(req.url ?? '')) return handle(req, res);
    if (active < running) {
      active += 1;
      return begin(req, res);
    }
    if (turns.size() >= waiting) return refuseNow(req, res);
    const until = performance.now() + waitMs;
    void turns.wait(addressOf(req)).then(() =>
      // Not in the same step in which the request before it was answered, so that sockets are read in between.
      setImmediate(() => begin(req, res, performance.now() < until ? handle : refuseNow)),
    );
  };
}

const refuseNow = (_req: IncomingMessage, res: ServerResponse): void => refuse(res, 1_000);

/** Answers `overloaded` without the application. */
export function refuse(res: ServerResponse, retryAfterMs: number): void {
  const error = new ChatError('overloaded', {retryAfterMs}).toWire();
  res.writeHead(errorTable.overloaded.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    'Retry-After': String(Math.ceil(retryAfterMs / 1_000)),
  });
  res.end(JSON.stringify({error}));
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
