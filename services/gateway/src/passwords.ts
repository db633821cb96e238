/** Password hashes: argon2id, a few at a time, and never more waiting than can be answered soon. */
import {hashPassword, isPasswordOf} from '@madang/database/password-hash';
import {ChatError} from '@madang/protocol/errors';

export type Passwords = ReturnType<typeof createPasswords>;

const maxRunning = 4;
const maxWaiting = 1_024;

export function createPasswords() {
  let running = 0;
  const waiting: (() => void)[] = [];
  // Compared against where there is no user, so that an unknown name takes as long as a wrong password.
  const nobody = hashPassword('nobody');

  async function limited<T>(work: () => Promise<T>): Promise<T> {
    if (waiting.length >= maxWaiting) throw new ChatError('overloaded', {retryAfterMs: 1_000});
    if (running >= maxRunning) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  return {
    hash: (password: string): Promise<string> => limited(() => hashPassword(password)),
    /** False also where there is nothing to compare with, after the same time. */
    verify: (password: string, stored: string | undefined): Promise<boolean> =>
      limited(async () => {
        const matches = await isPasswordOf(stored ?? (await nobody), password);
        return matches && stored !== undefined;
      }),
  };
}
