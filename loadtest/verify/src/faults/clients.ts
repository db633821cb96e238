/** Faults of clients: many that come at once, or some that stop reading. */
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import type {Fault} from './fault.ts';

const stormSockets = 200;
const stalledReaders = 8;

export const clientFaults: Fault[] = [
  {
    kind: 'storm of connections',
    on: 'clients',
    begin: async ({cluster}) => {
      const url = cluster.url!;
      const who = await signInGuest(url, 'Storm');
      const others = await Promise.all(
        Array.from({length: Math.ceil(stormSockets / 100)}, () => signInGuest(url, 'Storm')),
      );
      const clients = await Promise.allSettled(
        Array.from({length: stormSockets}, (_, index) =>
          RawClient.connect(url, others[index % others.length] ?? who),
        ),
      );
      return () => {
        for (const client of clients) if (client.status === 'fulfilled') client.value.close();
      };
    },
  },
  {
    kind: 'stalled readers',
    on: 'clients',
    begin: async ({cluster}) => {
      // During another fault a node may rightly refuse them temporarily.
      const clients = await Promise.all(
        Array.from({length: stalledReaders}, () =>
          waitFor(() => startStalledReader(cluster.url!), {
            timeoutMs: 20_000,
            what: 'a stalled reader',
            everyMs: 250,
          }),
        ),
      );
      return () => {
        for (const client of clients) client.close();
      };
    },
  },
];

async function startStalledReader(url: string): Promise<RawClient> {
  const client = await RawClient.connect(url, await signInGuest(url, 'Stalled'));
  try {
    const {rooms} = await client.call('room:list', {limit: 50});
    const square = rooms.find(({title}) => title === 'Square');
    if (square) await client.call('room:join', {roomId: square.id});
  } catch (error) {
    client.close();
    throw error;
  }
  pauseReading(client);
  return client;
}

/** Leaves incoming data in the kernel, as a suspended process does. */
export function pauseReading(client: RawClient): void {
  const {transport} = client.socket.io.engine as unknown as {
    transport: {ws?: {_socket?: {pause(): void}}};
  };
  transport.ws?._socket?.pause();
}
