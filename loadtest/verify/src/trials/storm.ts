/** Everyone loses the connection at the same time and comes back, while others, who kept theirs, continue to talk. */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {within} from '../report/goal.ts';
import {Bystanders} from './bystanders.ts';
import {withCluster} from './cluster.ts';
import type {Trial} from './trial.ts';

const sockets = 2_000;
const backWithinMs = 120_000;
const calmMs = 5_000;

const clientsFile = fileURLToPath(new URL('storm-clients.ts', import.meta.url));

export const storm: Trial = {
  name: 'storm',
  says: `the balancer dies and cuts off ${sockets} clients, who all resume`,
  act: (say) =>
    withCluster(async (cluster) => {
      const stop = new AbortController();
      const bystanding = await Bystanders.gather(cluster.gateways.map(({url}) => url));
      // In a separate process, so that their work does not delay the bystanders' clock.
      const crowd = fork(clientsFile, [cluster.url!, String(sockets)]);
      try {
        await told(crowd);
        say(`${sockets} clients are connected`);
        const talking = bystanding.talk(stop.signal);
        await delay(calmMs);
        const cutAt = performance.now();
        await cluster.balancer!.kill();
        await cluster.balancer!.start();
        await told(crowd);
        const backAt = performance.now();
        stop.abort();
        await talking;
        const during = bystanding.sends.filter(({at}) => at >= cutAt && at <= backAt);
        const refused = during.filter(({ms}) => ms === undefined).length;
        say(`bystanders: ${during.length} sends, ${refused} of them refused`);
        return [
          ...within(`${sockets} clients resumed after a cut`, {max: 30_000}, [backAt - cutAt]),
          ...within(
            'sends of bystanders meanwhile',
            {p99: 500},
            during.flatMap(({ms}) => ms ?? []),
          ),
        ];
      } finally {
        stop.abort();
        crowd.kill('SIGKILL');
        bystanding.close();
      }
    }),
};

/** Resolves with the next message of the clients: all of them are connected. */
async function told(crowd: ReturnType<typeof fork>): Promise<void> {
  const ended = once(crowd, 'exit').then(() => {
    throw new Error('the clients ended');
  });
  const late = delay(backWithinMs, undefined, {ref: false}).then(() => {
    throw new Error(`not all clients are back after ${backWithinMs / 1_000} s`);
  });
  await Promise.race([once(crowd, 'message'), ended, late]);
  ended.catch(() => undefined);
  late.catch(() => undefined);
}
