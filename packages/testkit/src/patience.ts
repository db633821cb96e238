import {setTimeout as delay} from 'node:timers/promises';

export type Patience = {
  /** For how long it is tried again; 15 s by default. */
  forMs?: number;
  /** Whether an error says nothing but that the machine is busy; by default what is retryable, and what has no code. */
  isPutOff?: (error: unknown) => boolean;
};

/** An error with a code, or one that holds it. */
type Coded = {
  retryable?: boolean;
  retryAfterMs?: number;
  error?: {retryable?: boolean; retryAfterMs?: number};
};

/** Acts again while a busy machine puts it off: for what prepares a test and is not what it is about. */
export async function patiently<Result>(
  act: () => Promise<Result>,
  {forMs = 15_000, isPutOff = isRetryable}: Patience = {},
): Promise<Result> {
  const lastAt = performance.now() + forMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isPutOff(error) || performance.now() > lastAt) throw error;
      const {retryAfterMs, error: inner} = error as Coded;
      await delay(retryAfterMs ?? inner?.retryAfterMs ?? 200);
    }
  }
}

function isRetryable(error: unknown): boolean {
  const {retryable, error: inner} = error as Coded;
  return retryable ?? inner?.retryable ?? true;
}
