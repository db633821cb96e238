/** Everyone loses the connection at one moment and comes back, while others, who kept theirs, go on talking. */
import {randomUUID} from 'node:crypto';
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {patiently} from '@madang/testkit/patience';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {within} from '../report/goal.ts';
import {withCluster} from './cluster.ts';
import type {Trial} from './trial.ts';

const sockets = 2_000;
const bystanders = 12;
const sendEveryMs = 200;
const backWithinMs = 120_000;
const calmMs = 5_000;

const clientsFile = fileURLToPath(new URL('storm-clients.ts', import.meta.url));

export const storm: Trial = {
  name: 'storm',
  says: `the balancer dies and cuts off ${sockets} clients, who all resume`,
  act: (say) =>
    withCluster(async (cluster) => {
      const stop = new AbortController();
      const bystanding = await Bystanders.gather(cluster);
      // In a process of their own, so that their work does not delay the bystanders' clock.
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

/** Resolves with the next word of the clients: everyone is there. */
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

class Bystanders {
  /** Without `ms`: it was refused. */
  readonly sends: {at: number; ms: number | undefined}[] = [];
  readonly #talkers: {client: RawClient; roomId: string}[];

  private constructor(talkers: {client: RawClient; roomId: string}[]) {
    this.#talkers = talkers;
  }

  /** Connected to the gateways themselves, each with a room. */
  static async gather({gateways}: ProcessCluster): Promise<Bystanders> {
    const talkers = [];
    for (let index = 0; index < bystanders; index += 1) {
      const {url} = gateways[index % gateways.length]!;
      const client = await RawClient.connect(url, await signInGuest(url));
      const {room} = await patiently(() => client.call('room:create', {title: `Bystander ${index}`}));
      talkers.push({client, roomId: room.id});
    }
    return new Bystanders(talkers);
  }

  async talk(stop: AbortSignal): Promise<void> {
    const said: Promise<void>[] = [];
    for (let count = 0; !stop.aborted; count += 1) {
      for (const talker of this.#talkers) said.push(this.#say(talker, `on goes it ${count}`));
      await delay(sendEveryMs, undefined, {signal: stop}).catch(() => undefined);
    }
    await Promise.all(said);
  }

  async #say({client, roomId}: {client: RawClient; roomId: string}, text: string): Promise<void> {
    const at = performance.now();
    const isStored = await client.ask('message:send', {roomId, clientId: randomUUID(), text}).then(
      ({ok}) => ok,
      () => false,
    );
    this.sends.push({at, ms: isStored ? performance.now() - at : undefined});
  }

  close(): void {
    for (const {client} of this.#talkers) client.close();
  }
}
