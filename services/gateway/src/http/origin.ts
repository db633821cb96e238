/** Refuses pages that may not call, and answers the preflights of the others. */
import type {RequestHandler} from 'express';
import type {Identify} from '../identity/identify.ts';
import {originRefusal} from '../identity/origins.ts';

// Browsers cap this at two hours.
const preflightSeconds = 7_200;

/** The wildcard is never sent: with credentials it has no effect, and without them it would admit every page. */
export function originCheck(identify: Pick<Identify, 'isAllowedOrigin'>): RequestHandler {
  return async (req, res, next) => {
    res.vary('Origin');
    if (!(await identify.isAllowedOrigin(req.method, req))) throw originRefusal(req.headers.origin);
    const {origin} = req.headers;
    if (origin === undefined) return next();
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Allow-Credentials', 'true');
    res.setHeader('Access-Control-Expose-Headers', 'Retry-After, X-Request-Id');
    if (req.method !== 'OPTIONS' || !req.headers['access-control-request-method']) return next();
    res.setHeader('Access-Control-Allow-Methods', 'GET, POST, PATCH, PUT, DELETE');
    res.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type');
    res.setHeader('Access-Control-Max-Age', preflightSeconds);
    res.status(204).end();
  };
}
