import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  chownSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {Children} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {startPostgres, type Postgres} from '@madang/processes/postgres';
import {startFaultProxy} from './fault-proxy.ts';
import {signalAll} from './private-postgres.ts';
import {mountSmallDisk} from './small-disk.ts';
import {waitFor} from './wait-for.ts';
import {programs} from './postgres-under-test.ts';

/** A Postgres that answers a commit once it is on two servers. Its address stays the same, whichever server serves. */
export interface ReplicatedPostgres {
  url: string;
  port: number;
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Leaves no free byte on its disk, nor on the standby's. Needs its own disk. */
  fillDisk(): void;
  /** Frees the disk, and starts again whatever has ended because it was full. */
  freeDisk(): Promise<void>;
  /** Ends the server. The standby takes its place at the same address. */
  failOver(): Promise<void>;
  /**
   * Promotes the standby while the primary lives on and accepts no more writes. New connections come to the new primary,
   * and the current ones stay where they are.
   */
  promote(): Promise<void>;
  /** Makes a new standby after a failover, while the server serves, and ends a primary that lives on. */
  replaceStandby(): Promise<void>;
  close(): Promise<void>;
}

const silent = {debug() {}, info() {}, warn() {}, error() {}};
const standbyName = 'standby';
const followsWithinMs = 30_000;
const settings = {
  // Keeps the log that a standby still needs after it was cut off.
  wal_keep_size: '256MB',
  // Commits wait for the standby, so it must reconnect soon.
  wal_retrieve_retry_interval: '200ms',
};

type Server = {dataDir: string; port: number; postgres: Postgres};

/** With `diskMiB` its data is on a disk of that size; see small-disk.ts. */
export async function startReplicatedPostgres({
  diskMiB,
}: {diskMiB?: number} = {}): Promise<ReplicatedPostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'madang-postgres-'));
  // Postgres runs as its own user when this runs as root, and that user must be able to enter the folder.
  chmodSync(dir, 0o755);
  const disk = diskMiB === undefined ? undefined : mountSmallDisk(join(dir, 'disk'), diskMiB);
  const dataFolder = disk?.dir ?? dir;
  const children = new Children(join(dir, 'run'), dir);
  let count = 0;

  const start = async (dataDir: string, port: number): Promise<Server> => {
    count += 1;
    const postgres = await startPostgres({
      children,
      dataDir,
      port,
      maxConnections: 200,
      programs,
      name: `postgres-${count}`,
    });
    return {dataDir, port, postgres};
  };
  const makeStandby = async (of: Server): Promise<Server> => {
    const dataDir = join(dataFolder, `data-${count + 1}`);
    await copyRunning(of, dataDir);
    const standby = await start(dataDir, await findFreePort());
    await configure(of, {synchronous_standby_names: standbyName});
    await waitFor(() => isFollowed(of), {timeoutMs: followsWithinMs, what: 'the standby to follow'});
    return standby;
  };

  let primary = await start(join(dataFolder, 'data-1'), await findFreePort());
  await configure(primary, settings);
  let standby = await makeStandby(primary);
  let left: Server | undefined;
  const revive = async (server: Server): Promise<Server> =>
    server.postgres.child.isRunning() ? server : start(server.dataDir, server.port);
  const front = await startFaultProxy({port: primary.port});
  return {
    url: front.url(primary.postgres.url),
    port: front.port,
    stop: (mode) => primary.postgres.stop(mode),
    start: async () => {
      primary = await start(primary.dataDir, primary.port);
    },
    pause: () => signalAll(primary.postgres.child.pid, 'SIGSTOP'),
    resume: () => signalAll(primary.postgres.child.pid, 'SIGCONT'),
    fillDisk: () => {
      if (!disk) throw new Error('it has no disk of its own');
      disk.fill();
    },
    freeDisk: async () => {
      disk?.free();
      primary = await revive(primary);
      standby = await revive(standby);
    },
    failOver: async () => {
      await primary.postgres.stop('immediate');
      const old = primary;
      primary = standby;
      await promote(primary);
      front.retarget(primary.port);
      rmSync(old.dataDir, {recursive: true, force: true});
    },
    promote: async () => {
      // What it still commits is on the standby before it is answered.
      await configure(primary, {default_transaction_read_only: 'on'});
      left = primary;
      primary = standby;
      await promote(primary);
      front.move(primary.port);
    },
    replaceStandby: async () => {
      await left?.postgres.stop('immediate');
      if (left) rmSync(left.dataDir, {recursive: true, force: true});
      left = undefined;
      standby = await makeStandby(primary);
    },
    close: async () => {
      await front.close();
      await children.close();
      disk?.close();
      rmSync(dir, {recursive: true, force: true});
    },
  };
}

/** Resolves once the standby accepts writes. It does what `pg_ctl promote` does. */
async function promote({dataDir, postgres}: Server): Promise<void> {
  const {uid, gid} = statSync(dataDir);
  writeFileSync(join(dataDir, 'promote'), '', {mode: 0o600});
  chownSync(join(dataDir, 'promote'), uid, gid);
  process.kill(postgres.child.pid, 'SIGUSR1');
  // There is no standby yet for which a commit could wait.
  const set = () =>
    configure({postgres}, {synchronous_standby_names: ''}).then(
      () => true,
      () => false,
    );
  await waitFor(set, {timeoutMs: followsWithinMs, what: 'the standby to become the primary'});
}

/** Copies a server's data while it serves, as the data of a server that will follow it. */
async function copyRunning({dataDir, port, postgres}: Server, to: string): Promise<void> {
  let label = '';
  // Start and stop of a backup belong to one connection.
  await asSuperuser({postgres}, async (db) => {
    await db.query({name: '', text: `select pg_backup_start('standby', true)`});
    try {
      execFileSync('cp', ['-a', dataDir, to], {stdio: 'pipe'});
    } catch (error) {
      // Files in use may disappear during the copy. The log has the data that is needed from them.
      if (!existsSync(join(to, 'PG_VERSION'))) throw error;
    }
    const rows = await db.query<{labelfile: string}>({name: '', text: 'select * from pg_backup_stop(false)'});
    label = rows[0]!.labelfile;
  });
  rmSync(join(to, 'postmaster.pid'), {force: true});
  const {username, password} = new URL(postgres.url);
  const connection = `host=127.0.0.1 port=${port} user=${username} password=${password} application_name=${standbyName}`;
  appendFileSync(join(to, 'postgresql.auto.conf'), `primary_conninfo = '${connection}'\n`);
  const {uid, gid} = statSync(to);
  for (const [name, text] of [
    ['backup_label', label],
    ['standby.signal', ''],
  ] as const) {
    writeFileSync(join(to, name), text, {mode: 0o600});
    chownSync(join(to, name), uid, gid);
  }
  copyFileSync(`${dataDir}.password`, `${to}.password`);
}

async function isFollowed(server: Server): Promise<boolean> {
  let found = 0;
  await asSuperuser(server, async (db) => {
    const text = `select count(*)::int as count from pg_stat_replication where sync_state = 'sync' and state = 'streaming'`;
    const rows = await db.query<{count: number}>({name: '', text});
    found = rows[0]!.count;
  });
  return found > 0;
}

async function configure(
  server: Pick<Server, 'postgres'>,
  parameters: Record<string, string>,
): Promise<void> {
  await asSuperuser(server, async (db) => {
    for (const [parameter, value] of Object.entries(parameters)) {
      await db.query({name: '', text: `alter system set ${parameter} = '${value}'`});
    }
    await db.query({name: '', text: 'select pg_reload_conf()'});
  });
}

async function asSuperuser(
  {postgres}: Pick<Server, 'postgres'>,
  act: (db: Database) => Promise<unknown>,
): Promise<void> {
  const db = createDatabase({
    url: postgres.url,
    log: silent,
    applicationName: 'madang testkit',
    maxConnections: 1,
    statementTimeoutMs: followsWithinMs,
    deadlineMs: followsWithinMs,
  });
  try {
    await act(db);
  } finally {
    await db.close();
  }
}
