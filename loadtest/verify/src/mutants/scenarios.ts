/**
 * What is done to a small cluster so that one sort of bug shows. Each is repeated until the bug shows, or a minute has
 * passed.
 */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import type {Crowd} from '../generator/crowd.ts';
import type {Person} from '../generator/person.ts';
import type {Product} from '../generator/product.ts';
import {rightsFaults} from '../faults/rights.ts';
import type {Hearing} from '../webhook/hearing.ts';
import {moods} from '../webhook/moods.ts';

export type Stage = {cluster: ProcessCluster; crowd: Crowd; product: Product; hearing: Hearing};

export type Scenario = {
  /** The environment of the gateways. */
  env?: NodeJS.ProcessEnv;
  /** Runs while everyone is active. */
  act: (stage: Stage) => Promise<void>;
};

const roundMs = 6_000;

export type ScenarioName =
  | 'life'
  | 'Postgres crashes'
  | 'reconnects'
  | 'lost broadcasts'
  | 'nothing is broadcast'
  | 'kicks'
  | 'rush'
  | 'sign-outs'
  | 'right taken away'
  | 'token expires'
  | 'key revoked'
  | 'a receiver fails'
  | 'crashes before acknowledging';

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  life: {act: () => delay(roundMs)},

  'Postgres crashes': {
    async act({cluster, crowd}) {
      for (let times = 0; times < 3; times += 1) {
        const flooding = flood(crowd.people, crowd.rooms.square, 1_000);
        await delay(900);
        await cluster.postgres!.stop('immediate');
        await flooding;
        await cluster.postgres!.start();
        await delay(1_000);
      }
    },
  },

  reconnects: {
    async act({crowd}) {
      for (let times = 0; times < 8; times += 1) {
        for (const {sdk, raw} of crowd.people.slice(1)) {
          raw?.drop();
          sdk.disconnect();
        }
        const flooding = flood(crowd.people.slice(0, 1), crowd.rooms.square, 700);
        await delay(300);
        for (const {sdk} of crowd.people.slice(1)) void sdk.client.connect().catch(() => undefined);
        await flooding;
      }
    },
  },

  'lost broadcasts': {env: {MADANG_DROP_BROADCASTS: '0.3'}, act: () => delay(roundMs)},
  'nothing is broadcast': {env: {MADANG_DROP_BROADCASTS: '1'}, act: () => delay(roundMs)},

  kicks: {
    async act({crowd: {people, rooms}}) {
      const [owner, ...others] = people;
      for (let times = 0; times < 6; times += 1) {
        for (const {sdk, raw, userId} of others) {
          const roomId = rooms.open[times % rooms.open.length]!;
          await owner!.sdk.operate(
            {kind: 'kick', roomId, targetId: userId},
            ({leftAt}) => ({rev: leftAt}),
            'member:remove',
            {roomId, userId},
          );
          for (let sends = 0; sends < 3; sends += 1) {
            const text = `after the kick ${randomUUID()}`;
            if (raw?.isOnline) await raw.send(roomId, randomUUID(), text);
            await owner!.sdk.send(roomId, {text: `on goes it ${randomUUID()}`});
          }
          await sdk.operate({kind: 'join', roomId}, () => ({}), 'room:join', {roomId});
        }
      }
    },
  },

  rush: {
    async act({crowd: {people, rooms}}) {
      for (let times = 0; times < 10; times += 1) {
        const [roomId] = rooms.narrow as [string];
        await Promise.all(
          people.map(({sdk}) => sdk.operate({kind: 'join', roomId}, () => ({}), 'room:join', {roomId})),
        );
        await delay(300);
      }
    },
  },

  'sign-outs': {
    async act({crowd}) {
      await Promise.all([crowd.passersBy.visit(), crowd.passersBy.visit(), crowd.passersBy.visit()]);
    },
  },

  'right taken away': {act: ({product}) => takeAway('right taken away', product)},
  'token expires': {act: ({product}) => takeAway('token expires', product)},
  'key revoked': {act: ({product}) => takeAway('key revoked', product)},

  'a receiver fails': {
    async act({hearing: {receiver}, cluster: {worker}}) {
      receiver.mood = moods.failing;
      await delay(roundMs / 2);
      worker!.kill('SIGKILL');
      await worker!.restart();
      await delay(roundMs / 2);
      receiver.mood = moods.well;
    },
  },

  'crashes before acknowledging': {
    async act({cluster}) {
      const [, second] = cluster.gateways;
      second!.kill('SIGKILL');
      await second!.restart({MADANG_CRASH_AT: 'after_commit_before_ack'}).catch(() => undefined);
      await Promise.race([second!.exited, delay(roundMs)]);
      second!.kill('SIGKILL');
      await second!.restart();
      await delay(1_000);
    },
  },
};

/** Makes one of a product's faults, for as long as in a run. */
async function takeAway(kind: string, product: Product): Promise<void> {
  const fault = rightsFaults.find((each) => each.kind === kind)!;
  const heal = await fault.begin({product} as Parameters<typeof fault.begin>[0]);
  await delay(fault.lastsMs!);
  await heal();
}

/** Everyone sends as fast as they are answered. */
async function flood(people: Person[], roomId: string, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  await Promise.race([
    delay(forMs),
    Promise.all(
      people.map(async ({sdk}) => {
        while (performance.now() < end) await sdk.send(roomId, {text: `flood ${randomUUID()}`});
      }),
    ),
  ]);
}
