import {createLogger} from '@madang/runtime/log';
import {crowdedRates} from '@madang/testkit/crowded-rates';
import {migrate} from '@madang/database/migrating/migrate';
import {createTestDatabase, silent, type TestDatabase} from '@madang/testkit/database';
import {startPgbouncer} from '@madang/testkit/pgbouncer';
import {testRedis} from '@madang/testkit/redis';
import {schema} from '../../src/config.ts';
import {createGateway, type Gateway} from '../../src/gateway.ts';

export type Gateways = {
  /** Base URL of each gateway. */
  urls: string[];
  gateways: readonly Gateway[];
  databaseUrl: string;
  /** Variables of one more gateway in the same cluster, as its process would get them. */
  env: Record<string, string>;
  /** Starts one more gateway. */
  add(env?: Record<string, string>): Promise<Gateway>;
  stop(): Promise<void>;
};

/**
 * Starts gateways in this process, with a separate database and Redis prefix, for tests that need no killing. Times are
 * those of production unless given.
 */
export async function startGateways(
  count: number,
  overrides: Record<string, string> = {},
): Promise<Gateways> {
  const database = await createTestDatabase();
  const redis = testRedis();
  const running: Gateway[] = [];
  const pooler = isPooled ? await putPooler(database) : undefined;
  const env = {
    DATABASE_URL: database.appUrl,
    ...pooler?.env,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    SESSION_SECRET: 'a secret of the tests that is long enough',
    PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    // Tests use settings that production refuses.
    MADANG_ENV: 'development',
    RATE_LIMITS: crowdedRates,
    ...overrides,
  };

  async function add(more: Record<string, string> = {}): Promise<Gateway> {
    const config = schema.parse({...env, NODE_NAME: `node-${running.length + 1}`, ...more});
    const log = createLogger({name: 'gateway', level: config.LOG_LEVEL, base: {node: config.NODE_NAME}});
    const gateway = await createGateway(config, 'test', log);
    running.push(gateway);
    return gateway;
  }

  for (let index = 0; index < count; index += 1) await add();
  return {
    urls: running.map(({url}) => url),
    gateways: running,
    databaseUrl: database.url,
    env,
    add,
    async stop() {
      await Promise.all(running.map((gateway) => gateway.stop()));
      await pooler?.close();
      await database.drop();
    },
  };
}

/** With MADANG_TEST_POOLER=transaction, tests run behind PgBouncer in that mode. */
const isPooled = process.env.MADANG_TEST_POOLER === 'transaction';

async function putPooler({url, appUrl}: TestDatabase) {
  await migrate(url, silent, {pooler: 'transaction', appUrl});
  const pooler = await startPgbouncer({mode: 'transaction', target: appUrl});
  const env = {
    DATABASE_URL: pooler.url(appUrl),
    DATABASE_POOLER: 'transaction',
    DATABASE_DIRECT_URL: appUrl,
  };
  return {env, close: () => pooler.close()};
}

/** The sum of one counter of a gateway over its labels; give the name without `madang_` and `_total`. */
export async function metricOf({metricsPort}: Gateway, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`madang_${name}_total{`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
