import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {migrate} from '@madang/database/migrating/migrate';
import {Children} from '@madang/processes/children';
import type {Child, Exit} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {startHaproxy} from '@madang/processes/haproxy';
import {startGateway, startWorker} from '@madang/processes/services';
import {crowdedRates} from './crowded-rates.ts';
import {asAdmin, asApp, createTestDatabase, silent} from './database.ts';
import {startFaultProxy} from './fault-proxy.ts';
import type {FaultProxy} from './fault-proxy.ts';
import {startPrivatePostgres} from './private-postgres.ts';
import type {PrivatePostgres} from './private-postgres.ts';
import {startReplicatedPostgres} from './replicated-postgres.ts';
import type {ReplicatedPostgres} from './replicated-postgres.ts';
import {startRedisOf, type RedisChoice, type RedisOfCluster} from './redis-of-cluster.ts';

export interface ClusterOptions {
  gateways: number;
  /** True for one worker, or the number of workers. */
  worker?: boolean | number;
  /** Puts HAProxy in front, as in `npm start`. */
  balancer?: boolean;
  /** Gives every gateway its own fault proxies to Redis and Postgres, so that a test can cut it off from either. */
  partitions?: boolean;
  redis?: RedisChoice;
  /** `private` is for tests that break it; `replicated` has a standby that can take over. */
  postgres?: 'shared' | 'private' | 'replicated';
  /**
   * Puts the data of a replicated Postgres on its own disk, which a test can fill. Only where this process may mount one.
   */
  diskMiB?: number;
  /**
   * For gateways and worker; a function gives each gateway (index from 0) its own environment. A process with
   * MADANG_CRASH_AT is expected to end by itself.
   */
  env?: NodeJS.ProcessEnv | ((gateway: number) => NodeJS.ProcessEnv);
}

export interface ServiceProcess {
  readonly name: string;
  readonly metricsUrl: string;
  /** The pid of the process that runs now. */
  readonly pid: number;
  /** Sends a signal. Unless it is SIGSTOP or SIGCONT, the process is expected to end from then on. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code of the process that runs now, or its signal. */
  readonly exited: Promise<Exit>;
  /** Starts it again at the same address after it has ended. `env` is added to the environment of this run only. */
  restart(env?: NodeJS.ProcessEnv): Promise<void>;
  /** Everything that it has logged in all its runs: one JSON object a line. */
  logs(): string;
}

export interface GatewayProcess extends ServiceProcess {
  readonly url: string;
  /** Set with `partitions`. */
  readonly toRedis: FaultProxy | undefined;
  readonly toPostgres: FaultProxy | undefined;
}

export interface BalancerProcess {
  /** Cuts all connections. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Another process accepts new connections, while this one serves its current ones. */
  reload(): Promise<void>;
}

export interface ProcessCluster extends Omit<RedisOfCluster, 'env' | 'close'> {
  gateways: GatewayProcess[];
  workers: ServiceProcess[];
  /** The first of the workers. */
  worker: ServiceProcess | undefined;
  /** The balancer's address. */
  url: string | undefined;
  balancer: BalancerProcess | undefined;
  /** As superuser, for what a test looks up and prepares. The processes have fewer rights. */
  databaseUrl: string;
  /** The address that `npx madang` uses. */
  adminUrl: string;
  /** Set when requested as `private`. */
  postgres: PrivatePostgres | undefined;
  /** Set when requested as `replicated`. */
  replicated: ReplicatedPostgres | undefined;
  /** Ends everything. Rejects if a process has ended to which nobody sent a signal. */
  stop(): Promise<void>;
}

const SESSION_SECRET = 'a secret of more than 32 characters that only tests know';
const DRAIN_MS = 20_000;

/**
 * Starts a cluster of real processes, with its own database and Redis key prefix. Resolves once every gateway is ready. All
 * of it ends with the test process, even if that is killed.
 */
export async function startCluster(options: ClusterOptions): Promise<ProcessCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'madang-cluster-'));
  const cleanUp: (() => unknown)[] = [() => rmSync(dir, {recursive: true, force: true})];
  const services: Service[] = [];
  const stop = async () => {
    const ended = services.flatMap((service) => service.findUnexpectedEnd() ?? []);
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (const act of cleanUp.splice(0).reverse()) {
      outcomes.push(...(await Promise.allSettled([Promise.resolve().then(act)])));
    }
    if (ended.length > 0) throw new Error(ended.join('\n'));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  };

  try {
    const replicated =
      options.postgres === 'replicated'
        ? await startReplicatedPostgres(options.diskMiB === undefined ? {} : {diskMiB: options.diskMiB})
        : undefined;
    if (replicated) cleanUp.push(() => replicated.close());
    const postgres = options.postgres === 'private' ? await startPrivatePostgres() : undefined;
    if (postgres) cleanUp.push(() => postgres.close());
    const database = postgres || replicated ? undefined : await createTestDatabase();
    if (database) cleanUp.push(() => database.drop());
    const redis = await startRedisOf(options.redis ?? 'shared');
    cleanUp.push(() => redis.close());
    const databaseUrl = (postgres ?? replicated ?? database)?.url ?? '';
    const [appUrl, adminUrl] = [asApp(databaseUrl), asAdmin(databaseUrl)];
    // If a test file has its own database, the roles were created with it.
    if (!database) await migrate(databaseUrl, silent, {appUrl, adminUrl});

    const children = new Children(join(dir, 'run'), dir);
    cleanUp.push(() => children.close());
    const context: Context = {options, children, dir, appUrl, redis, cleanUp};
    const gateways = await Promise.all(
      Array.from({length: options.gateways}, async (_, index) => {
        const gateway = await createGatewayProcess(context, index);
        services.push(gateway);
        await gateway.start();
        return gateway;
      }),
    );
    const workers: Service[] = [];
    for (let index = 0; index < Number(options.worker ?? 0); index += 1) {
      const worker = await createWorkerProcess(context, index);
      services.push(worker);
      workers.push(worker);
      await worker.start();
    }
    const {url, balancer} = options.balancer ? await startBalancer(context, gateways) : {};
    return {
      gateways,
      workers,
      worker: workers[0],
      url,
      balancer,
      databaseUrl,
      adminUrl,
      postgres,
      replicated,
      ...redis,
      stop,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

interface Context {
  options: ClusterOptions;
  children: Children;
  dir: string;
  appUrl: string;
  redis: RedisOfCluster;
  cleanUp: (() => unknown)[];
}

async function createGatewayProcess(context: Context, index: number): Promise<Gateway> {
  const {options, children, dir, cleanUp} = context;
  const name = `gateway-${index + 1}`;
  const [port, metricsPort] = [await findFreePort(), await findFreePort()];
  let toRedis: FaultProxy | undefined;
  let toPostgres: FaultProxy | undefined;
  if (options.partitions && context.redis.redisUrl) {
    const redisProxy = await startFaultProxy({port: Number(new URL(context.redis.redisUrl).port)});
    cleanUp.push(() => redisProxy.close());
    toRedis = redisProxy;
  }
  if (options.partitions) {
    const postgresProxy = await startFaultProxy({port: Number(new URL(context.appUrl).port)});
    cleanUp.push(() => postgresProxy.close());
    toPostgres = postgresProxy;
  }
  const env: NodeJS.ProcessEnv = {
    ...baseEnv(context),
    DATABASE_URL: toPostgres?.url(context.appUrl) ?? context.appUrl,
    ...context.redis.env,
    ...(toRedis && {REDIS_URL: toRedis.url(context.redis.redisUrl)}),
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    NODE_NAME: name,
    SESSION_SECRET,
    RATE_LIMITS: crowdedRates,
    TRUST_PROXY: options.balancer ? '1' : '0',
    ...(typeof options.env === 'function' ? options.env(index) : options.env),
  };
  const drainMs = Number(env.DRAIN_MS ?? DRAIN_MS);
  const gateway = new Gateway(name, join(dir, `${name}.log`), metricsPort, (more) =>
    startGateway({children, name, env: {...env, ...more}, dir, port, drainMs}),
  );
  gateway.crashes = env.MADANG_CRASH_AT !== undefined;
  gateway.url = `http://127.0.0.1:${port}`;
  gateway.toRedis = toRedis;
  gateway.toPostgres = toPostgres;
  return gateway;
}

async function createWorkerProcess(context: Context, index: number): Promise<Service> {
  const {options, children, dir, appUrl} = context;
  const name = index === 0 ? 'worker' : `worker-${index + 1}`;
  const metricsPort = await findFreePort();
  const env = {
    ...baseEnv(context),
    DATABASE_URL: appUrl,
    ...context.redis.env,
    METRICS_PORT: String(metricsPort),
    ...(typeof options.env === 'function' ? {} : options.env),
  };
  return new Service(name, join(dir, `${name}.log`), metricsPort, () =>
    startWorker({children, name, env, dir}),
  );
}

async function startBalancer(
  {children, dir}: Context,
  gateways: Gateway[],
): Promise<{url: string; balancer: BalancerProcess}> {
  const port = await findFreePort();
  const servers = gateways.map(({name, url, metricsUrl}) => ({
    name,
    port: Number(new URL(url).port),
    healthPort: Number(new URL(metricsUrl).port),
  }));
  let lives = 0;
  const start = () => startHaproxy({children, dir, port, name: `haproxy-${(lives += 1)}`, servers});
  let child = await start();
  const balancer: BalancerProcess = {
    async kill() {
      child.kill('SIGKILL');
      await child.exited;
    },
    async start() {
      child = await start();
    },
    async reload() {
      child.kill('SIGUSR1');
      child = await start();
    },
  };
  return {url: `http://127.0.0.1:${port}`, balancer};
}

function baseEnv({redis: {redisPrefix}}: Context): NodeJS.ProcessEnv {
  // A production environment refuses the switches that tests use.
  return {PATH: process.env.PATH, MADANG_ENV: 'development', REDIS_PREFIX: redisPrefix};
}

class Service implements ServiceProcess {
  readonly name: string;
  readonly metricsUrl: string;
  crashes = false;
  readonly #logFile: string;
  readonly #start: (env: NodeJS.ProcessEnv) => Promise<Child>;
  #child: Child | undefined;
  #isEndExpected = false;
  #end: Exit | undefined;

  constructor(
    name: string,
    logFile: string,
    metricsPort: number,
    start: (env: NodeJS.ProcessEnv) => Promise<Child>,
  ) {
    this.name = name;
    this.metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
    this.#logFile = logFile;
    this.#start = start;
  }

  get pid(): number {
    return this.#running().pid;
  }

  get exited(): Promise<Exit> {
    return this.#running().exited;
  }

  kill(signal: NodeJS.Signals): void {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#isEndExpected = true;
    this.#running().kill(signal);
  }

  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    this.#isEndExpected = env.MADANG_CRASH_AT !== undefined;
    this.#end = undefined;
    const child = await this.#start(env);
    this.#child = child;
    void child.exited.then((end) => {
      if (child === this.#child) this.#end = end;
    });
  }

  async restart(env?: NodeJS.ProcessEnv): Promise<void> {
    await this.#running().exited;
    await this.start(env);
  }

  logs(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Reports how the process ended, if nobody asked it to. */
  findUnexpectedEnd(): string | undefined {
    if (!this.#end || this.#isEndExpected || this.crashes) return undefined;
    const how = this.#end.signal ?? `exit ${this.#end.code}`;
    return `${this.name} ended by itself (${how}):\n${this.logs().trimEnd().split('\n').slice(-5).join('\n')}`;
  }

  #running(): Child {
    if (!this.#child) throw new Error(`${this.name} was never started`);
    return this.#child;
  }
}

class Gateway extends Service implements GatewayProcess {
  url = '';
  toRedis: FaultProxy | undefined;
  toPostgres: FaultProxy | undefined;
}
