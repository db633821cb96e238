/** Names each request, and logs one line about it once it is answered. */
import {randomUUID} from 'node:crypto';
import type {Logger} from '@madang/runtime/log';
import type {RequestHandler} from 'express';

declare global {
  namespace Express {
    interface Request {
      log: Logger;
      requestId: string;
      /** The caller's id, once known. */
      userId?: string;
    }
  }
}

/** An id that a proxy may have given a request: one word, so that it cannot imitate another part of a log line. */
const believable = /^[\w.-]{8,64}$/;

/**
 * An id that arrives with the request is kept, so that one search finds the proxy's lines and those of Madang; a
 * malformed id is replaced.
 */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const given = req.get('x-request-id') ?? '';
    const requestId = believable.test(given) ? given : randomUUID();
    req.requestId = requestId;
    req.log = log.child({requestId});
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      // Without the query, which may hold what people search for.
      const path = req.originalUrl.replace(/\?.*/s, '').slice(0, 200);
      const status = res.writableFinished ? res.statusCode : 'aborted';
      const ms = Math.round(performance.now() - startedAt);
      req.log.info({method: req.method, path, status, ms, user: req.userId}, 'request');
    });
    next();
  };
}
