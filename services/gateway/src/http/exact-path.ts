/** Refuses addresses that a proxy on the way may read differently. */
import {ChatError} from '@madang/protocol/errors';
import {isExactPath} from '@madang/protocol/path';
import type {RequestHandler} from 'express';

/** Paths of the API begin like this, however they are spelled; pages for people are elsewhere. */
const forPrograms = /^\/+(?:api|auth)(?:\/|$)/i;

/**
 * Refuses a path with an empty segment, a trailing slash or a dot segment. Clients and proxies may shorten such a path,
 * which would turn a call about a member into one about the room.
 */
export const exactPath: RequestHandler = (req, _res, next) => {
  if (forPrograms.test(req.path) && !isExactPath(req.path)) throw new ChatError('not_found');
  next();
};
