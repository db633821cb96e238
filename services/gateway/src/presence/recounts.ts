/** When to read all counts again: regularly, after a node has died, and after this node lost its lease. */
import type {Occupancy} from '@madang/redis/occupancy';
import type {Config} from '../config.ts';

export type RecountsDeps = {
  occupancy: Pick<Occupancy, 'nodeCount' | 'onLost'>;
  config: Pick<Config, 'DIGEST_MS' | 'RECOUNT_MS'>;
};

/** Digests after which a dead node's sets are certain to be gone: the worker drops them within a second. */
const recountsAfterDeath = 3;

/** Calls `recount` whenever counts may have changed unannounced, until the function that it returns is called. */
export function startRecounts({occupancy, config}: RecountsDeps, recount: () => void): () => void {
  let nodes = occupancy.nodeCount();
  let due = 0;

  function watchNodes(): void {
    const now = occupancy.nodeCount();
    if (now < nodes) due = recountsAfterDeath;
    nodes = now;
    if (due === 0) return;
    due -= 1;
    recount();
  }

  const recountTimer = setInterval(recount, config.RECOUNT_MS).unref();
  const nodesTimer = setInterval(watchNodes, config.DIGEST_MS).unref();
  const stopListening = occupancy.onLost(recount);
  return () => {
    stopListening();
    clearInterval(recountTimer);
    clearInterval(nodesTimer);
  };
}
