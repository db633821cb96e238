/** A receiver is away for long. Measures how fast it gets what it has missed, and then everything of two days once more. */
import {updateWebhook} from '@madang/database/events/webhooks';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {checkEvents} from '../../checker/events.ts';
import {asSuperuser} from '../../superuser.ts';
import {firstTold, type Delivery} from '../../history/deliveries.ts';
import {readStored} from '../../history/stored.ts';
import {Random} from '../../random.ts';
import type {Goal} from '../../report/goal.ts';
import {Hearing, hearingEnv} from '../../webhook/hearing.ts';
import {withCluster} from '../cluster.ts';
import type {Trial} from '../trial.ts';
import {Writers} from './writers.ts';

const rooms = 200;
/** An hour at 1:60. The waits between deliveries have the same scale. */
const awaySeconds = 60;
const env = {
  ...hearingEnv,
  MADANG_WEBHOOK_TIMES: 'timeoutMs=1500,leaseMs=4000,firstRetryMs=83,longestRetryMs=60000,disableMs=4320000',
};
const perSecond = 700;
/** Changes a second that continue while the receiver catches up. */
const perSecondMeanwhile = 50;
const leastPerSecond = 2_000;
const caughtUpWithinMs = 240_000;

export const backlog: Trial = {
  name: 'backlog',
  says: `a receiver is away for ${awaySeconds} s, an hour at 1:60, with ${perSecond} changes a second; then it gets two days again`,
  act: (say, {seconds = awaySeconds} = {}) =>
    withCluster(
      async (cluster) => {
        const hearing = await Hearing.open(cluster, () => performance.now(), new Random(1));
        const writers = await Writers.gather(cluster.databaseUrl, hearing.webhook.tenantId, rooms);
        try {
          await hearing.receiver.end();
          await writers.write(seconds * perSecond, perSecond);
          say(`${writers.changes} changes are pending`);
          const missed = await catchUp(cluster, hearing, writers);
          const replayed = await replay(cluster, hearing);
          return [missed, replayed];
        } finally {
          await writers.close();
          await hearing.close();
        }
      },
      {gateways: 1, workers: 2, env},
    ),
};

async function catchUp({databaseUrl}: ProcessCluster, hearing: Hearing, writers: Writers): Promise<Goal> {
  const waiting = await hearing.numbered();
  const {deliveries} = hearing.receiver;
  const before = deliveries.length;
  await hearing.receiver.listen();
  const stop = new AbortController();
  const writing = writers.write(Infinity, perSecondMeanwhile, stop.signal);
  await hearing.toldUpTo(waiting, caughtUpWithinMs).finally(() => stop.abort());
  const rate = rateOf(deliveries.slice(before));
  await writing;
  const violations = checkEvents(await hearing.conclude(), await readStored(databaseUrl));
  return judge('told after the receiver was away', rate, violations.length);
}

async function replay(cluster: ProcessCluster, hearing: Hearing): Promise<Goal> {
  const {deliveries} = hearing.receiver;
  const before = [...firstTold(deliveries).values()];
  const last = await hearing.numbered();
  await asSuperuser(cluster, async (db) => {
    const age = `update events set at = at - interval '2 days' * (1 - position::float8 / $1)`;
    await db.query({name: '', text: age}, [last]);
    deliveries.length = 0;
    await updateWebhook(db, hearing.webhook, {after: 0}, 'webhook:replay');
  });
  await hearing.toldUpTo(last, caughtUpWithinMs);
  const again = firstTold(deliveries);
  const kept = before.filter(({id}) => again.has(id));
  const isInOrder = [...again.keys()].join() === kept.map(({id}) => id).join();
  // A delivered edit may have been superseded since.
  const missing = before.filter(({id, type}) => !again.has(id) && type !== 'message.updated').length;
  const resets = deliveries.filter(({isReset}) => isReset).length;
  return judge('told again of two days', rateOf(deliveries), missing + resets + Number(!isInOrder));
}

function told(deliveries: readonly Delivery[]): number {
  return deliveries.reduce((sum, {outcome, events}) => sum + (outcome === 'taken' ? events.length : 0), 0);
}

/** Returns events a second, from the first accepted delivery to the last. */
function rateOf(deliveries: readonly Delivery[]): {events: number; seconds: number} {
  const taken = deliveries.filter(({outcome}) => outcome === 'taken');
  return {events: told(taken), seconds: (taken.at(-1)!.at - taken[0]!.at) / 1_000};
}

function judge(what: string, {events, seconds}: {events: number; seconds: number}, broken: number): Goal {
  const rate = events / seconds;
  return {
    what,
    goal: `≥ ${leastPerSecond} events a second, 0 missing, in order`,
    here: `${Math.round(rate)} a second (${events} in ${seconds.toFixed(1)} s), ${broken} missing or out of order`,
    isMet: rate >= leastPerSecond && broken === 0,
  };
}
