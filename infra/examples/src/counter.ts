/** A cluster with a desk in front of it. The desk has its own database. */
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {findFreePort} from '@madang/processes/free-port';
import {startCluster, type ClusterOptions, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {createEmptyDatabase, silent} from '@madang/testkit/database';
import {startDesk, type RunningDesk} from '../../../examples/order-desk/test/desk.ts';

/** In this repository the packages are not built. If this module is loaded first, Node takes their sources. */
export const fromSources = {
  NODE_OPTIONS: `--import=${import.meta.resolve('@madang/processes/sdk-sources')}`,
};

export type Counter = {
  cluster: ProcessCluster;
  /** The desk's database. */
  db: Database;
  /** The desk's address, the same for each process that serves it. */
  url: string;
  /** What a desk must know about cluster and database. */
  deskEnv: {DATABASE_URL: string; MADANG_URL: string; MADANG_KEY: string};
  /** Starts the desk, or starts it again after it has ended. */
  openDesk(): Promise<RunningDesk>;
  /** Revokes the desk's key, or restores it. */
  setKeyRevoked(isRevoked: boolean): Promise<void>;
  stop(): Promise<void>;
};

export async function openCounter(options: Partial<ClusterOptions> = {}): Promise<Counter> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const given = options.env;
  const cluster = await startCluster({
    gateways: 3,
    balancer: true,
    ...options,
    env: (gateway) => ({
      ALLOWED_ORIGINS: url,
      ...(typeof given === 'function' ? given(gateway) : given),
    }),
  });
  const database = await createEmptyDatabase();
  const db = openPool(database.url);
  const deskEnv = {
    DATABASE_URL: database.url,
    MADANG_URL: cluster.url!,
    MADANG_KEY: await addKey(cluster.databaseUrl),
  };
  const desks = new Set<RunningDesk>();
  return {
    cluster,
    db,
    url,
    deskEnv,
    async openDesk() {
      const desk = await startDesk({...deskEnv, ...fromSources, PORT: String(port)});
      desks.add(desk);
      const stop = async () => {
        if (desks.delete(desk)) await desk.stop();
      };
      return {...desk, stop};
    },
    async setKeyRevoked(isRevoked) {
      const clusterDb = openPool(cluster.databaseUrl);
      const text =
        'update api_keys set revoked_at = case when $1 then now() end where hint = left($2, length(hint))';
      await clusterDb.query({name: '', text}, [isRevoked, deskEnv.MADANG_KEY]);
      await clusterDb.close();
    },
    async stop() {
      for (const desk of desks) await desk.stop();
      await db.close();
      await database.drop();
      await cluster.stop();
    },
  };
}

async function addKey(clusterUrl: string): Promise<string> {
  const clusterDb = openPool(clusterUrl);
  const {id: tenantId} = await findTenantByHost(clusterDb, '127.0.0.1');
  const {key} = await addApiKey(clusterDb, {tenantId, service: 'order-desk'});
  await clusterDb.close();
  return key;
}

const openPool = (url: string) =>
  createDatabase({url, log: silent, applicationName: 'test', maxConnections: 2});
