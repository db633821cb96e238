/** Starts a worker: reads the configuration, and runs the cluster's jobs until told to stop. */
import {tryPostgres} from '@madang/database/connections/try-postgres';
import {tryRedis} from '@madang/redis/try-redis';
import {asksToConnect, checkConnections} from '@madang/runtime/check-connections';
import {leaveOnSignal, runUntilSignal, startOrLeave} from '@madang/runtime/lifecycle';
import {createLogger} from '@madang/runtime/log';
import {postgresOf, withoutPooler} from '@madang/runtime/postgres-variables';
import {redisServersOf} from '@madang/runtime/redis-servers';
import {redisVariableOf} from '@madang/runtime/redis-variables';
import {readConfig} from './config.ts';
import {createWorker} from './worker.ts';

/** A job that waits for Postgres gives up within the 5 s of its deadline. */
const stopMs = 10_000;

leaveOnSignal();
const config = readConfig();
const {REDIS_PREFIX: prefix} = config;
if (asksToConnect(process.argv)) {
  await checkConnections([
    {variable: 'DATABASE_URL', connect: () => tryPostgres(withoutPooler(postgresOf(config)))},
    {variable: redisVariableOf(config), connect: () => tryRedis({servers: redisServersOf(config), prefix})},
  ]);
}
const log = createLogger({name: 'worker', level: config.LOG_LEVEL});
const worker = await startOrLeave(log, () => createWorker(config, log));
runUntilSignal({
  log,
  deadlineMs: stopMs,
  steps: [{name: 'stop the jobs', limitMs: stopMs, run: () => worker.stop()}],
});
log.info({metricsPort: worker.metricsPort}, 'working');
