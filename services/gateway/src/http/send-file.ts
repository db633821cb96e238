import {create as contentDisposition} from 'content-disposition';
import type {Request, Response} from 'express';
import type {ServedFile} from '../files/transfer.ts';
import {drained} from './drained.ts';

const stalledMs = 30_000;

/**
 * Sends a file with headers that keep a browser from showing it as a page, running it, or caching it for another user.
 * Parts are read as fast as the client takes them, so a slow client costs no memory.
 */
export async function sendFile(
  req: Request,
  res: Response,
  {name, type, size, tag, parts}: ServedFile,
  readers: 'same-site' | 'cross-origin',
): Promise<void> {
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Disposition', contentDisposition(name, {type: 'inline'}));
  res.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  // Decides which pages may show the file.
  res.setHeader('Cross-Origin-Resource-Policy', readers);
  res.setHeader('Cache-Control', 'private, no-cache');
  res.setHeader('ETag', `"${tag}"`);
  if (req.fresh) return void res.status(304).end();
  res.setHeader('Content-Length', size);
  if (req.method === 'HEAD') return void res.end();
  res.setTimeout(stalledMs, () => res.destroy());
  for await (const part of parts) {
    if (!res.write(part)) await drained(res);
    if (res.destroyed) return;
  }
  res.end();
}
