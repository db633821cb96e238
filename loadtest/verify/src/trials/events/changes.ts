/** Very many changes are delivered to a receiver that fails, by workers that are killed, and then to a healthy receiver. */
import {setTimeout as delay} from 'node:timers/promises';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {checkEvents} from '../../checker/events.ts';
import {firstTold} from '../../history/deliveries.ts';
import {readStored} from '../../history/stored.ts';
import {Random} from '../../random.ts';
import {within, type Goal} from '../../report/goal.ts';
import {countTold} from '../../report/told.ts';
import {Hearing, hearingEnv} from '../../webhook/hearing.ts';
import {moods} from '../../webhook/moods.ts';
import {withCluster} from '../cluster.ts';
import type {Trial} from '../trial.ts';
import {Writers} from './writers.ts';

const rooms = 200;
const perSecond = 500;
const allSeconds = 200;
const healthyShare = 0.25;
const killEveryMs = 8_000;
const awayMs = 2_000;
const toldWithinMs = 2_000;
const toldInTroubleWithinMs = 300_000;

export const changes: Trial = {
  name: 'events',
  says: `${allSeconds * perSecond} changes in ${rooms} rooms: a receiver that fails 30 % of deliveries, workers that are killed`,
  act: (say, {seconds = allSeconds} = {}) =>
    withCluster(
      async (cluster) => {
        const hearing = await Hearing.open(cluster, () => performance.now(), new Random(1));
        const writers = await Writers.gather(cluster.databaseUrl, hearing.webhook.tenantId, rooms);
        try {
          const healthy = Math.round(seconds * perSecond * healthyShare);
          const kills = await writeInTrouble(cluster, hearing, writers, seconds * perSecond - healthy);
          const failed = hearing.receiver.deliveries.filter(({outcome}) => outcome !== 'taken').length;
          say(
            `${failed} of ${hearing.receiver.deliveries.length} deliveries failed; ${kills} workers killed`,
          );
          const healthyAt = performance.now();
          await writers.write(healthy, perSecond);
          return await judge(cluster, hearing, writers, healthyAt);
        } finally {
          await writers.close();
          await hearing.close();
        }
      },
      {gateways: 1, workers: 2, env: hearingEnv},
    ),
};

/** Returns how often a worker was killed. */
async function writeInTrouble(
  {workers}: ProcessCluster,
  hearing: Hearing,
  writers: Writers,
  count: number,
): Promise<number> {
  const {receiver} = hearing;
  const written = new AbortController();
  receiver.mood = moods.failing;
  const killing = (async () => {
    for (let kills = 0; ; kills += 1) {
      await delay(killEveryMs, undefined, {signal: written.signal}).catch(() => undefined);
      if (written.signal.aborted) return kills;
      const worker = workers[kills % workers.length]!;
      worker.kill('SIGKILL');
      await delay(awayMs);
      await worker.restart();
    }
  })();
  await writers.write(count, perSecond).finally(() => written.abort());
  const kills = await killing;
  await hearing.toldUpTo(await hearing.numbered(), toldInTroubleWithinMs);
  receiver.mood = moods.well;
  return kills;
}

async function judge(
  {databaseUrl}: ProcessCluster,
  hearing: Hearing,
  {sentAt, changes: made}: Writers,
  healthyAt: number,
): Promise<Goal[]> {
  const told = await hearing.conclude();
  const violations = checkEvents(told, await readStored(databaseUrl));
  const lags = [...firstTold(told.deliveries).values()].flatMap(({type, roomId, seq, at}) => {
    const sent = type === 'message.created' ? sentAt.get(`${roomId} ${seq}`) : undefined;
    return sent !== undefined && sent >= healthyAt ? [Math.max(0, at - sent)] : [];
  });
  return [
    {
      what: `${made} changes told and pulled, receiver and workers failing`,
      goal: '0 missing, in order',
      here: `${violations.length} missing or out of order; ${countTold(told)}${violations[0] ? `; ${violations[0].what}` : ''}`,
      isMet: violations.length === 0,
    },
    ...within('told after a send, nothing being wrong', {p50: toldWithinMs, p99: toldWithinMs}, lags),
  ];
}
