import {ChatError} from '@madang/protocol/errors';
import {createTurns} from './turns.ts';

export type Gate = {
  /** Runs the work when it is the address's turn. Throws `overloaded` at once where the line is full. */
  pass<T>(address: string, work: () => Promise<T>): Promise<T>;
};

/** So many at once; the others wait, and the addresses take turns. */
export function createGate({running, waiting}: {running: number; waiting: number}): Gate {
  const turns = createTurns();
  let active = 0;
  return {
    async pass(address, work) {
      if (active < running) active += 1;
      else if (turns.size() >= waiting) throw new ChatError('overloaded', {retryAfterMs: 1_000});
      else await turns.wait(address);
      try {
        return await work();
      } finally {
        if (!turns.next()) active -= 1;
      }
    },
  };
}
