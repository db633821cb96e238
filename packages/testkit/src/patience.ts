import {setTimeout as delay} from 'node:timers/promises';

export type Patience = {
  /** How long it is retried; 15 s by default. */
  forMs?: number;
  /** Whether an error only means that the machine is busy. By default, retryable errors and those without a code do. */
  isPutOff?: (error: unknown) => boolean;
};

/** An error with a code, or one that contains it. */
type Coded = {
  retryable?: boolean;
  retryAfterMs?: number;
  error?: {retryable?: boolean; retryAfterMs?: number};
};

/** Repeats an action while a busy machine refuses it. Use it to prepare a test, not for what the test checks. */
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
