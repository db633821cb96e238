import type {Response} from 'express';
import {drained} from './drained.ts';

const stalledMs = 30_000;

/**
 * Sends values as NDJSON, one per line, as fast as the reader takes them. If reading them fails after the first line,
 * the connection is cut, so that nobody takes a part for the whole.
 */
export async function sendLines(res: Response, lines: AsyncIterable<unknown>): Promise<void> {
  res.setHeader('Content-Type', 'application/x-ndjson');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  if (res.req.method === 'HEAD') return void res.end();
  res.setTimeout(stalledMs, () => res.destroy());
  try {
    for await (const line of lines) {
      if (!res.write(`${JSON.stringify(line)}\n`)) await drained(res);
      if (res.destroyed) return;
    }
  } catch (error) {
    if (!res.headersSent) throw error;
    res.destroy();
    return;
  }
  res.end();
}
