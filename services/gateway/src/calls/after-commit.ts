import {ChatError} from '@madang/protocol/errors';

/**
 * For work that a handler does after its change is committed. `overloaded` and `rate_limited` mean that nothing was
 * stored, so from here on they become `unavailable`, which leaves the outcome open. Other refusals say what became of
 * the change.
 */
export async function afterCommit<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isDeferral =
      error instanceof ChatError && (error.code === 'overloaded' || error.code === 'rate_limited');
    if (!isDeferral) throw error;
    throw new ChatError('unavailable', {retryAfterMs: error.retryAfterMs, cause: error});
  }
}
