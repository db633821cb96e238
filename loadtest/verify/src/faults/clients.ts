/** Clients that come all at once, or stop reading. */
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
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
      const clients = await Promise.all(
        Array.from({length: stalledReaders}, async () => {
          const who = await signInGuest(cluster.url!, 'Stalled');
          const client = await RawClient.connect(cluster.url!, who);
          const {rooms} = await client.call('room:list', {limit: 50});
          const square = rooms.find(({title}) => title === 'Square');
          if (square) await client.call('room:join', {roomId: square.id});
          pauseReading(client);
          return client;
        }),
      );
      return () => {
        for (const client of clients) client.close();
      };
    },
  },
];

/** Leaves what comes in the kernel, as a suspended process does. */
export function pauseReading(client: RawClient): void {
  const {transport} = client.socket.io.engine as unknown as {
    transport: {ws?: {_socket?: {pause(): void}}};
  };
  transport.ws?._socket?.pause();
}
