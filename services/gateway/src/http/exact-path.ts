/** Refuses addresses that something on the way may read as another one. */
import {ChatError} from '@madang/protocol/errors';
import {isExactPath} from '@madang/protocol/path';
import type {RequestHandler} from 'express';

/** The path of the API begins here, in whatever way it was written; people's pages are elsewhere. */
const forPrograms = /^\/+(?:api|auth)(?:\/|$)/i;

/**
 * An address with an empty part, a slash at its end or a dot segment is nobody's. Clients and proxies may shorten it, and
 * a call about a member would become one about the room.
 */
export const exactPath: RequestHandler = (req, _res, next) => {
  if (forPrograms.test(req.path) && !isExactPath(req.path)) throw new ChatError('not_found');
  next();
};
