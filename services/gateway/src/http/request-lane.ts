/**
 * Lets only a few requests into the application at once, so that a flood waits here, where a request costs little, and
 * packets from sockets are handled in between.
 */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {ChatError, errorTable} from '@madang/protocol/errors';
import type {Lane, LaneUser, Turn} from '../lanes/lane.ts';

export type RequestLaneOptions = {
  lane: Lane;
  /** Called for requests that have to wait. */
  byOf: (request: IncomingMessage) => LaneUser;
  /** Requests that take no turn. */
  isFree?: (request: IncomingMessage) => boolean;
};

const retryAfterMs = 1_000;

export const probes: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/**
 * Returns the listener behind a lane. If the lane is full, or the turn comes too late, the answer is `overloaded`.
 * Probes do not wait.
 */
export function inTurn(
  handle: RequestListener,
  {lane, byOf, isFree = () => false}: RequestLaneOptions,
): RequestListener {
  function begin(req: IncomingMessage, res: ServerResponse, {isLate, leave}: Turn): void {
    if (res.closed) return leave();
    res.once('close', leave);
    if (isLate) refuse(res, retryAfterMs);
    else handle(req, res as never);
  }

  return (req, res) => {
    if (probes.has(req.url ?? '') || isFree(req)) return handle(req, res);
    let hasWaited = false;
    try {
      lane.enter(
        () => byOf(req),
        (turn) => {
          // Not in the step that answered the previous request, so that sockets are read in between.
          if (hasWaited) setImmediate(() => begin(req, res, turn));
          else begin(req, res, turn);
        },
      );
      hasWaited = true;
    } catch {
      refuse(res, retryAfterMs);
    }
  };
}

/** Answers `overloaded` without entering the application. */
export function refuse(res: ServerResponse, retryAfterMs: number): void {
  const error = new ChatError('overloaded', {retryAfterMs}).toWire();
  res.writeHead(errorTable.overloaded.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    'Retry-After': String(Math.ceil(retryAfterMs / 1_000)),
  });
  res.end(JSON.stringify({error}));
}
