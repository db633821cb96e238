/** Names each request, and writes one line about it when it has been answered. */
import {randomUUID} from 'node:crypto';
import type {Logger} from '@madang/runtime/log';
import type {RequestHandler} from 'express';

declare global {
  namespace Express {
    interface Request {
      log: Logger;
      /** The caller's id, once known. */
      userId?: string;
    }
  }
}

/** The id is ours alone: one that a client sends could be made to collide with another's in the log. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    const requestId = randomUUID();
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
