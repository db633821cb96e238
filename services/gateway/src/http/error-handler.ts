/** The only catch of HTTP: every thrown error becomes `{"error": …}`. */
import {ChatError, errorTable} from '@madang/protocol/errors';
import type {ErrorRequestHandler, RequestHandler} from 'express';
import {toWireError} from '../calls/run-operation.ts';

export const notFound: RequestHandler = () => {
  throw new ChatError('not_found');
};

// Express recognises an error handler by its four parameters.
export const errorHandler: ErrorRequestHandler = (error, req, res, _next) => {
  const wire = toWireError(req.log, toChatError(error));
  if (res.headersSent) return;
  if (wire.retryAfterMs !== undefined) res.setHeader('Retry-After', Math.ceil(wire.retryAfterMs / 1_000));
  res.status(errorTable[wire.code].status).json({error: wire});
};

/** Express and its body parser throw errors with a status. Those caused by the client get a code of the table. */
function toChatError(error: unknown): unknown {
  if (error instanceof ChatError || typeof error !== 'object' || error === null || !('status' in error))
    return error;
  if (error.status === 413) return new ChatError('too_large', {cause: error});
  if (error.status === 415) return new ChatError('unsupported', {cause: error});
  if (typeof error.status === 'number' && error.status >= 400 && error.status < 500)
    return new ChatError('invalid', {message: 'The request cannot be read.', cause: error});
  return error;
}
