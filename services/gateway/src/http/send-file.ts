import {once} from 'node:events';
import {create as contentDisposition} from 'content-disposition';
import type {Request, Response} from 'express';
import type {Config} from '../config.ts';
import type {ServedFile} from '../files/transfer.ts';

const stalledMs = 30_000;

/**
 * Sends a file with headers that keep a browser from showing it as a page, running it, or caching it for another user.
 * Parts are read as fast as the client takes them, so a slow client costs no memory.
 */
export async function sendFile(
  req: Request,
  res: Response,
  {name, type, size, tag, parts}: ServedFile,
  {COOKIE_SAME_SITE}: Pick<Config, 'COOKIE_SAME_SITE'>,
): Promise<void> {
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Disposition', contentDisposition(name, {type: 'inline'}));
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  // A front end on another site shows it in pages of its own; whose cookie comes along decides.
  const readers = COOKIE_SAME_SITE === 'none' ? 'cross-origin' : 'same-site';
  res.setHeader('Cross-Origin-Resource-Policy', readers);
  res.setHeader('Cache-Control', 'private, no-cache');
  res.setHeader('ETag', `"${tag}"`);
  if (req.fresh) return void res.status(304).end();
  res.setHeader('Content-Length', size);
  if (req.method === 'HEAD') return void res.end();
  res.setTimeout(stalledMs, () => res.destroy());
  for await (const part of parts) {
    if (!res.write(part)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
    if (res.destroyed) return;
  }
  res.end();
}
