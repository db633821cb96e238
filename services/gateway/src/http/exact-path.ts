/** Refuses addresses that something on the way may read as another one. */
import {ChatError} from '@madang/protocol/errors';
import {isExactPath} from '@madang/protocol/path';
import type {RequestHandler} from 'express';

/** The path of the API begins here, in whatever way it was written; people's pages are elsewhere. */
const forPrograms = /^\/+(?:api|auth)(?:\/|$)/i;

/**
 * Refuses a path with an empty segment, a trailing slash or a dot segment. Clients and proxies may shorten such a path,
 * which would turn a call about a member into one about the room.
 */
export const exactPath: RequestHandler = (req, _res, next) => {
  if (forPrograms.test(req.path) && !isExactPath(req.path)) throw new ChatError('not_found');
  next();
};
