/** Reads JSON bodies, and nothing else: a form that another page posts without asking is never taken for a call. */
import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import {json, type RequestHandler} from 'express';

/** Bodies are at most as large as an event over a socket. Compressed ones are refused: they are small anyway. */
export const jsonBody: RequestHandler[] = [
  (req, _res, next) => {
    // Where files are taken, the body is read by whoever takes them.
    if (req.path === '/files') return next();
    const hasBody =
      req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (hasBody && !req.is('application/json')) {
      throw new ChatError('unsupported', {message: 'Send application/json.'});
    }
    next();
  },
  json({limit: limits.eventBytes, inflate: false}),
];
