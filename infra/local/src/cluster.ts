import {mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Children} from '@madang/processes/children';
import type {Child} from '@madang/processes/children';
import {Fatal} from '@madang/processes/fatal';
import {isPortFree} from '@madang/processes/free-port';
import {startHaproxy} from '@madang/processes/haproxy';
import {installMissing} from '@madang/processes/install';
import {endLeftovers} from '@madang/processes/leftovers';
import {startPostgres} from '@madang/processes/postgres';
import {startRedis} from '@madang/processes/redis';
import {migrateSchema, startDesk, startGateway, startWorker} from '@madang/processes/services';
import {buildWebClient} from '@madang/processes/web-client';
import type {Config} from './config.ts';
import {prepareDesk} from './desk.ts';
import {keepPorts, keepSecret, keepStores} from './kept.ts';
import {claimFolder} from './one-at-a-time.ts';
import {requireReachable} from './reachable.ts';
import {supervise} from './supervise.ts';
import type {Supervised} from './supervise.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

type Say = (line: string) => void;

// Each gateway keeps a dozen connections, and somebody may run tests against the same server.
const MAX_CONNECTIONS = 300;
// Long enough to see a drain, and short enough to wait for after Ctrl-C.
const DRAIN_MS = 5_000;

/**
 * A whole cluster on this machine that keeps running. A process that dies is started again, and one line says so.
 *
 * `dir` holds the data, the secret and the logs of this run. After a crash of this process or of the machine, the next
 * start ends what is left of the earlier cluster and finds its data again.
 */
export class Cluster {
  readonly #config: Config;
  readonly #dir: string;
  readonly #say: Say;
  readonly #supervised: Supervised[] = [];
  #children: Children | undefined;
  #release: () => void = () => undefined;
  #ports: Record<string, number> = {};
  #stopped: Promise<void> | undefined;

  constructor(config: Config, dir: string, say: Say) {
    this.#config = config;
    this.#dir = dir;
    this.#say = say;
  }

  /** Resolves once a request through the balancer reaches a gateway that is ready. Otherwise it rejects with the reason. */
  async start(): Promise<string> {
    const {nodes, port, redisUrl} = this.#config;
    const runDir = join(this.#dir, 'run');
    mkdirSync(runDir, {recursive: true});
    this.#release = claimFolder(runDir);
    installMissing(redisUrl ? ['haproxy'] : ['redis-server', 'haproxy'], this.#say);
    const ended = await endLeftovers(runDir);
    if (ended.length > 0) this.#say(`ended what an earlier run left behind: ${ended.join(', ')}`);
    if (!(await isPortFree(port))) {
      throw new Fatal(`port ${port} is taken; choose another: PORT=${port === 9000 ? 9001 : 9000} npm start`);
    }
    removeLogs(this.#dir);
    this.#children = new Children(runDir);

    const gateways = Array.from({length: nodes}, (_, index) => `gateway-${index + 1}`);
    const names = [
      'postgres',
      'redis',
      ...gateways,
      ...gateways.map(metricsOf),
      metricsOf('worker'),
      'order-desk',
    ];
    this.#ports = await keepPorts(this.#dir, names);

    const [{DESK_DATABASE_URL, ...database}, REDIS_URL] = await Promise.all([
      this.#startPostgres(),
      this.#startRedis(),
      buildWebClient({
        root: ROOT,
        children: this.#children,
        env: this.#config.passedOn,
        dir: this.#dir,
        say: this.#say,
      }),
    ]);
    const env: NodeJS.ProcessEnv = {
      SESSION_SECRET: keepSecret(this.#dir),
      ...this.#config.passedOn,
      DATABASE_URL: database.DATABASE_URL,
      REDIS_URL,
      MIGRATE: 'false',
    };
    keepStores(this.#dir, {...database, REDIS_URL, REDIS_PREFIX: env.REDIS_PREFIX});
    await this.#migrate(database);
    const ALLOWED_ORIGINS = [env.ALLOWED_ORIGINS, ...(DESK_DATABASE_URL ? this.#deskOrigins() : [])]
      .filter(Boolean)
      .join(',');
    await Promise.all(gateways.map((name) => this.#startGateway(name, {...env, ALLOWED_ORIGINS})));
    await this.#startWorker(env);
    for (const name of [...gateways, 'worker']) this.#tell(name, this.#describe(name));
    await this.#startBalancer(gateways);
    this.#tell('haproxy', this.#addressOf(port));
    await this.#startDesk(env, {...database, DESK_DATABASE_URL});
    return this.#addressOf(port);
  }

  /** Ends it in order: the gateways hand their clients over first, the stores end last. A second call skips the drain. */
  async stop(): Promise<void> {
    if (this.#stopped) await this.#end(isService, 'SIGKILL');
    this.#stopped ??= this.#stopInOrder();
    await this.#stopped;
  }

  async #stopInOrder(): Promise<void> {
    await this.#end(isService);
    await this.#end((name) => name === 'haproxy');
    await this.#end(() => true);
    await this.#children?.close();
    this.#release();
  }

  async #end(select: (name: string) => boolean, signal?: NodeJS.Signals): Promise<void> {
    await Promise.all(this.#supervised.filter(({name}) => select(name)).map((each) => each.stop(signal)));
  }

  /** The addresses of the database, one for each role. */
  async #startPostgres(): Promise<DatabaseUrls> {
    const {databaseUrl, migrationDatabaseUrl, adminDatabaseUrl} = this.#config;
    if (databaseUrl) {
      await requireReachable('DATABASE_URL', databaseUrl, 5432);
      return {
        DATABASE_URL: databaseUrl,
        MIGRATION_DATABASE_URL: migrationDatabaseUrl,
        ADMIN_DATABASE_URL: adminDatabaseUrl,
      };
    }
    let owner = '';
    await this.#keep('postgres', async (children) => {
      const {url, child} = await startPostgres({
        children,
        dataDir: join(this.#dir, 'postgres'),
        port: this.#portOf('postgres'),
        maxConnections: MAX_CONNECTIONS,
      });
      owner = url;
      return child;
    });
    this.#tell('postgres', withoutPassword(owner));
    const as = (role: string) => this.#asRole(owner, role);
    return {
      DATABASE_URL: as('madang_gateway'),
      MIGRATION_DATABASE_URL: owner,
      ADMIN_DATABASE_URL: as('madang_operator'),
      DESK_DATABASE_URL: this.#asRole(owner, 'order_desk', 'order_desk'),
    };
  }

  #asRole(owner: string, role: string, database?: string): string {
    const url = new URL(owner);
    if (database !== undefined) url.pathname = `/${database}`;
    Object.assign(url, {username: role, password: keepSecret(this.#dir, `postgres.${role}.password`)});
    return url.href;
  }

  async #migrate(database: DatabaseUrls): Promise<void> {
    const children = this.#children;
    if (!children || this.#stopped) return;
    const {PATH, LOG_LEVEL, AUDIT_RETENTION_DAYS} = this.#config.passedOn;
    const env = {PATH, LOG_LEVEL, AUDIT_RETENTION_DAYS, MADANG_ENV: this.#config.passedOn.MADANG_ENV};
    await migrateSchema({children, name: 'migrate', env: {...env, ...database}, dir: this.#dir});
  }

  async #startRedis(): Promise<string> {
    const {redisUrl} = this.#config;
    if (redisUrl) {
      await requireReachable('REDIS_URL', redisUrl, 6379);
      return redisUrl;
    }
    const port = this.#portOf('redis');
    const password = keepSecret(this.#dir, 'redis.password');
    let address = '';
    await this.#keep('redis', async (children) => {
      const dir = join(this.#dir, 'redis');
      const {child, url} = await startRedis({children, dir, port, appendOnly: true, password});
      address = url;
      return child;
    });
    this.#tell('redis', withoutPassword(address));
    return address;
  }

  async #startGateway(name: string, env: NodeJS.ProcessEnv): Promise<void> {
    const port = this.#portOf(name);
    const metricsPort = this.#portOf(metricsOf(name));
    const drainMs = Number(env.DRAIN_MS ?? DRAIN_MS);
    const own = {
      HOST: '127.0.0.1',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      NODE_NAME: name,
      // Only the balancer is in front of it.
      TRUST_PROXY: '1',
      DRAIN_MS: String(drainMs),
    };
    await this.#keep(name, (children) =>
      startGateway({children, name, env: {...env, ...own}, dir: this.#dir, port, drainMs}),
    );
  }

  async #startWorker(env: NodeJS.ProcessEnv): Promise<void> {
    const metricsPort = this.#portOf(metricsOf('worker'));
    const own = {METRICS_PORT: String(metricsPort)};
    await this.#keep('worker', (children) =>
      startWorker({children, name: 'worker', env: {...env, ...own}, dir: this.#dir}),
    );
  }

  async #startBalancer(gateways: string[]): Promise<void> {
    const {port} = this.#config;
    const servers = gateways.map((name) => ({
      name,
      port: this.#portOf(name),
      healthPort: this.#portOf(metricsOf(name)),
    }));
    await this.#keep('haproxy', (children) => startHaproxy({children, dir: this.#dir, port, servers}));
  }

  /** An example: a separate product that knows the cluster by its address and a key. */
  async #startDesk({PATH, SESSION_SECRET}: NodeJS.ProcessEnv, database: DatabaseUrls): Promise<void> {
    if (this.#stopped) return;
    const {MIGRATION_DATABASE_URL: ownerUrl, DESK_DATABASE_URL: deskUrl} = database;
    if (!ownerUrl || !deskUrl) {
      this.#tell(
        'order-desk',
        'not started: it needs a database of its own, which is made on our Postgres only',
      );
      return;
    }
    const port = this.#portOf('order-desk');
    const keyFile = join(this.#dir, 'order-desk-key');
    await prepareDesk({ownerUrl, deskUrl, keyFile});
    const own = {
      PATH,
      DATABASE_URL: deskUrl,
      PORT: String(port),
      MADANG_URL: this.#addressOf(this.#config.port),
      MADANG_KEY_FILE: keyFile,
      DESK_SECRET: `${SESSION_SECRET} of the desk`,
    };
    await this.#keep('order-desk', (started) =>
      startDesk({children: started, name: 'order-desk', env: own, dir: this.#dir, port}),
    );
    this.#tell('order-desk', `${this.#addressOf(port)} (an example of a product)`);
  }

  #deskOrigins(): string[] {
    return ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${this.#portOf('order-desk')}`);
  }

  async #keep(name: string, start: (children: Children) => Promise<Child>): Promise<void> {
    const children = this.#children;
    if (!children || this.#stopped) return;
    const supervised = await supervise(name, () => start(children), this.#say);
    this.#supervised.push(supervised);
    // Ctrl-C may have come during the start.
    if (this.#stopped) await supervised.stop();
  }

  #tell(name: string, address: string): void {
    if (!this.#stopped) this.#say(`${name.padEnd(10)} ${address}`);
  }

  #describe(name: string): string {
    const metrics = `metrics ${this.#addressOf(this.#portOf(metricsOf(name)))}/metrics`;
    return name === 'worker' ? metrics : `${this.#addressOf(this.#portOf(name))}, ${metrics}`;
  }

  #portOf(name: string): number {
    const port = this.#ports[name];
    if (port === undefined) throw new Error(`no port for ${name}`);
    return port;
  }

  #addressOf(port: number): string {
    return `http://127.0.0.1:${port}`;
  }
}

/** One address for each role. For a Postgres that somebody else runs, they may be the same. */
type DatabaseUrls = {
  DATABASE_URL: string;
  MIGRATION_DATABASE_URL?: string | undefined;
  ADMIN_DATABASE_URL?: string | undefined;
  DESK_DATABASE_URL?: string | undefined;
};

/** Returns an address to print. The passwords are in files of `dir` that only their owner can read. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  Object.assign(url, {username: '', password: ''});
  return url.href;
}

function metricsOf(name: string): string {
  return `${name}-metrics`;
}

/** Whether it is one of our processes, with its own clients or jobs to finish. */
function isService(name: string): boolean {
  return name.startsWith('gateway-') || name === 'worker' || name === 'order-desk';
}

/** Logs contain only this run. Earlier ones were read or never will be. */
function removeLogs(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (name.endsWith('.log')) rmSync(join(dir, name), {force: true});
  }
}
