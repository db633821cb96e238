/** Starts a gateway: reads the configuration, updates the schema, and serves until it is told to stop. */
import {tryPostgres} from '@madang/database/connections/try-postgres';
import {migrate} from '@madang/database/migrating/migrate';
import {tryRedis} from '@madang/redis/try-redis';
import {yieldToEventLoop} from '@madang/runtime/background-threads';
import {asksToConnect, checkConnections} from '@madang/runtime/check-connections';
import {leaveOnSignal, runUntilSignal, startOrLeave} from '@madang/runtime/lifecycle';
import {createLogger} from '@madang/runtime/log';
import packageJson from '../package.json' with {type: 'json'};
import {postgresOf, withoutPooler} from '@madang/runtime/postgres-variables';
import {redisServersOf} from '@madang/runtime/redis-servers';
import {redisVariableOf} from '@madang/runtime/redis-variables';
import {readConfig} from './config.ts';
import {createGateway} from './gateway.ts';

leaveOnSignal();
await yieldToEventLoop();
const config = readConfig();
const {REDIS_PREFIX: prefix, DATABASE_POOLER: pooler} = config;
const postgres = postgresOf(config);
const {directUrl} = postgres;
if (asksToConnect(process.argv)) {
  await checkConnections([
    {variable: 'DATABASE_URL', connect: () => tryPostgres(postgres)},
    ...(directUrl === undefined
      ? []
      : [{variable: 'DATABASE_DIRECT_URL', connect: () => tryPostgres(withoutPooler(postgres))}]),
    {variable: redisVariableOf(config), connect: () => tryRedis({servers: redisServersOf(config), prefix})},
  ]);
}
const log = createLogger({name: 'gateway', level: config.LOG_LEVEL, base: {node: config.NODE_NAME}});

const gateway = await startOrLeave(log, async () => {
  if (config.MIGRATE) await migrate(postgres, log, {pooler, auditDays: config.AUDIT_RETENTION_DAYS});
  return createGateway(config, packageJson.version, log);
});

runUntilSignal({
  log,
  deadlineMs: config.DRAIN_MS,
  steps: [{name: 'drain and stop', limitMs: config.DRAIN_MS, run: () => gateway.stop()}],
});
const {list} = config.TRUST_PROXY;
// If this is wrong, clients can choose their address, or all share one, and no other line shows it.
log.info({trustProxy: list.length > 0 ? list : ['0']}, 'trusting forwarded addresses from these proxies');
log.info({url: gateway.url, metricsPort: gateway.metricsPort}, 'serving');
