import {CallError} from '@madang/client/client';

/** Whether the same thing can be taken at another time. What is refused for what it is never will be. */
export function mayRetry(error: unknown): boolean {
  if (!(error instanceof CallError)) return true;
  return error.retryable || error.details?.mutedUntil !== undefined;
}
