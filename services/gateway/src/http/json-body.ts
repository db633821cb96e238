/** Reads only JSON bodies: a form that another page posts without the user's intent never counts as a call. */
import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import {json, type Request, type RequestHandler, type Response} from 'express';
import {findJsonFault} from '../calls/json-text.ts';
import type {Operation} from '../calls/operation.ts';

/** The slowest supported line transfers 64 KiB in this time. */
const withinMs = 10_000;

const parsers = [limits.eventBytes, limits.bulkBytes].map((limit) =>
  json({limit, inflate: false, verify: checkText}),
) as RequestHandler[];

/**
 * A body is at most as large as an event over a socket. Operations with much input accept larger bodies from services
 * (`isService`): for a stranger, parsing a large body would cost more than refusing it. Compressed bodies are refused,
 * since bodies are small anyway.
 */
export function jsonBody(
  operations: readonly Operation[],
  isService: (req: Request) => Promise<boolean>,
): RequestHandler[] {
  const takesMuch = bulkPaths(operations);
  const parse: RequestHandler = async (req, res, next) => {
    const isBulk = takesMuch(req) && isLarge(req) && (await isService(req));
    parsers[isBulk ? 1 : 0]!(req, res, next);
  };
  return [requireJson, parse];
}

/** Whether a body may be larger than an event; a body without a length may be. */
function isLarge({headers}: Request): boolean {
  return Number(headers['content-length'] ?? Infinity) > limits.eventBytes;
}

/** Tells whether a request is for an operation with much input. */
function bulkPaths(operations: readonly Operation[]): (req: Request) => boolean {
  const routes = operations.flatMap(({http}) => (http?.takes === 'much' ? [http] : []));
  const patterns = routes.map(({method, path}) => ({
    method: method.toUpperCase(),
    path: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`),
  }));
  return (req) => patterns.some(({method, path}) => req.method === method && path.test(req.path));
}

const requireJson: RequestHandler = (req, res, next) => {
  // The operation that takes files reads the body itself.
  if (req.path === '/files') return next();
  const hasBody =
    req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (hasBody && !req.is('application/json')) {
    throw new ChatError('unsupported', {message: 'Send application/json.'});
  }
  if (hasBody) cutWhenSlow(req, res);
  next();
};

/** Answers and closes the connection if the body does not arrive: its sender is not identified yet. */
function cutWhenSlow(req: Request, res: Response): void {
  const timer = setTimeout(() => {
    if (req.complete || res.headersSent) return;
    const error = new ChatError('invalid', {message: `The body took longer than ${withinMs / 1_000} s.`});
    res.status(400).set('Connection', 'close').json({error: error.toWire()});
    res.once('finish', () => req.socket.destroySoon());
  }, withinMs);
  for (const emitter of [req, res]) {
    for (const event of ['end', 'close']) emitter.once(event, () => clearTimeout(timer));
  }
}

function checkText(_req: unknown, _res: unknown, body: Buffer, charset: string): void {
  const fault = findJsonFault(decode(body, charset));
  if (fault) throw new ChatError('invalid', {message: fault});
}

function decode(body: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch (cause) {
    throw new ChatError('unsupported', {message: 'Send JSON as UTF-8.', cause});
  }
}
