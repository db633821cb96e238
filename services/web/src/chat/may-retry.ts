import {CallError} from '@madang/client/client';

/** Whether the same action may succeed later. A refusal because of the content is final. */
export function mayRetry(error: unknown): boolean {
  if (!(error instanceof CallError)) return true;
  return error.retryable || error.details?.mutedUntil !== undefined;
}
