/** Runs one mutant's scenario until the checker reports what it must, or a minute has passed. */
import {fileURLToPath} from 'node:url';
import {setTimeout as delay} from 'node:timers/promises';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {waitFor} from '@madang/testkit/wait-for';
import {check} from '../checker/check.ts';
import {checkEvents} from '../checker/events.ts';
import type {Violation} from '../checker/violation.ts';
import {asSuperuser} from '../superuser.ts';
import {Crowd} from '../generator/crowd.ts';
import {Product, productEnv} from '../generator/product.ts';
import {History} from '../history/history.ts';
import {readStored} from '../history/stored.ts';
import {checkItems, checkSearching} from '../last-reads.ts';
import {Random} from '../random.ts';
import {Hearing, hearingEnv} from '../webhook/hearing.ts';
import type {Mutant} from './mutant.ts';
import {scenarios, type Scenario, type Stage} from './scenarios.ts';

const huntForMs = 60_000;
const settleWithinMs = 4_000;

export const mutateFile = fileURLToPath(new URL('mutate.ts', import.meta.url));

export type Hunt = {found: Violation[]; afterMs: number};

/** This process must also have been started with the mutant, because some are bugs in the SDK. */
export async function hunt(mutant: Mutant): Promise<Hunt> {
  const scenario = scenarios[mutant.scenario];
  const cluster = await startCluster({
    gateways: 2,
    worker: true,
    balancer: true,
    partitions: true,
    redis: 'private',
    postgres: 'private',
    env: {
      ...hearingEnv,
      ...productEnv,
      ...scenario.env,
      LOG_LEVEL: 'warn',
      NODE_OPTIONS: `--import=file://${mutateFile}?${mutant.name}`,
    },
  });
  const history = new History();
  let crowd: Crowd | undefined;
  let product: Product | undefined;
  let hearing: Hearing | undefined;
  try {
    await changeSchema(mutant, cluster);
    hearing = await Hearing.open(cluster, history.now, new Random(2));
    product = await Product.open(history, cluster);
    crowd = await Crowd.gather(history, cluster, {people: 6, perSecond: 60}, new Random(1));
    const startedAt = performance.now();
    let found: Violation[] = [];
    do {
      found = await round({
        cluster,
        crowd,
        product,
        hearing,
        history,
        act: scenario.act,
        caughtBy: mutant.caughtBy,
      });
    } while (found.length === 0 && performance.now() - startedAt < huntForMs);
    return {found, afterMs: performance.now() - startedAt};
  } finally {
    crowd?.close();
    product?.close();
    await hearing?.close();
    // A mutant may end a process.
    await cluster.stop().catch(() => undefined);
  }
}

async function round({
  history,
  act,
  caughtBy,
  ...stage
}: Stage & {history: History; act: Scenario['act']} & Pick<Mutant, 'caughtBy'>): Promise<Violation[]> {
  const {cluster, crowd, hearing} = stage;
  const stop = new AbortController();
  const living = crowd.live(stop.signal);
  try {
    await act(stage);
  } finally {
    stop.abort();
  }
  // Because of the bug, a client may never be answered.
  await Promise.race([living, delay(10_000)]);
  await settle(cluster, crowd);
  const [owner] = crowd.people;
  await crowd.rooms.readHistory(owner!.sdk, crowd.rooms.square, {limit: 50});
  const stored = await readStored(cluster.databaseUrl);
  const told = await hearing.conclude({withinMs: settleWithinMs});
  const present = crowd.devices.filter(({isOnline}) => isOnline).map(({owner: {device}}) => device);
  return [
    ...check(history, stored, {present: new Set(present)}),
    ...checkEvents(told, stored),
    ...(caughtBy.includes('inbox') ? await checkItems(cluster, crowd, stored, settleWithinMs) : []),
    ...(caughtBy.includes('search') ? await checkSearching(cluster, crowd, stored) : []),
  ];
}

async function settle(cluster: ProcessCluster, crowd: Crowd): Promise<void> {
  for (const {sdk} of crowd.people) void sdk.client.connect().catch(() => undefined);
  const {rooms} = await readStored(cluster.databaseUrl);
  const isThere = () =>
    crowd.devices.every(
      (device) => device.isOnline && rooms.every(({id, head}) => (device.position(id) ?? Infinity) >= head),
    );
  await waitFor(isThere, {timeoutMs: settleWithinMs, what: 'everyone to catch up'}).catch(() => undefined);
}

async function changeSchema({sql = [], statements = []}: Mutant, cluster: ProcessCluster): Promise<void> {
  await asSuperuser(cluster, async (db) => {
    for (const text of statements) await db.query({name: '', text});
    for (const {function: name, find, replace} of sql) {
      const [row] = await db.query<{text: string}>({
        name: '',
        text: `select pg_get_functiondef('${name}'::regproc) as text`,
      });
      const parts = row!.text.split(find);
      if (parts.length !== 2) throw new Error(`${name} does not have this exactly once: ${find}`);
      await db.query({name: '', text: parts.join(replace)});
    }
  });
}
