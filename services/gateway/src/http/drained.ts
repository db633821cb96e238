import {once} from 'node:events';
import type {Response} from 'express';

/** Waits until the reader has taken what was written, or has disconnected; leaves no listener behind. */
export async function drained(res: Response): Promise<void> {
  const over = new AbortController();
  const signalled = {signal: over.signal};
  try {
    await Promise.race([once(res, 'drain', signalled), once(res, 'close', signalled)]);
  } finally {
    over.abort();
  }
}
