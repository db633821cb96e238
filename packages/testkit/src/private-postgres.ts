import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  statSync,
  writeFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Children} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {startPostgres} from '@madang/processes/postgres';
import {administer} from './database.ts';
import {programs} from './postgres-under-test.ts';

export interface PrivatePostgres {
  /** Its empty database `postgres`, as superuser. */
  url: string;
  port: number;
  /** `fast` ends the connections in order, `immediate` is a crash. Committed data survives both. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
  /** Sets a parameter that needs no restart. It applies from now on, including after a restart. */
  configure(parameter: string, value: string): Promise<void>;
  /** Sets one in a file, also where the server refuses the statement, being read-only. */
  amend(line: string): void;
  /** Puts a file into its data directory, which its user alone may read. */
  give(name: string, text: string): void;
  /** Freezes it: the server and its backends stay alive, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Keeps a copy of its current data while it is stopped. There is one copy; a later one replaces it. */
  backUp(): void;
  /** Replaces its data with the copy while it is stopped. */
  restore(): void;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** Starts a Postgres of the test's own, for tests that break it. It never outlives the test process. */
export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'madang-postgres-'));
  // Postgres runs as its own user when the tests run as root, and that user must be able to enter the folder.
  chmodSync(dir, 0o755);
  const children = new Children(join(dir, 'run'), dir);
  const port = await findFreePort();
  const start = () =>
    startPostgres({children, dataDir: join(dir, 'data'), port, maxConnections: 200, programs});
  let server = await start();
  // Like a copy of the disk, it keeps owners and times.
  const copy = (from: string, to: string) => {
    rmSync(join(dir, to), {recursive: true, force: true});
    execFileSync('cp', ['-a', join(dir, from), join(dir, to)]);
  };

  return {
    url: server.url,
    port,
    stop: (mode) => server.stop(mode),
    start: async () => {
      server = await start();
    },
    configure: async (parameter, value) => {
      await administer(server.url, `alter system set ${parameter} = '${value}'`);
      await administer(server.url, 'select pg_reload_conf()');
    },
    amend: (line) => {
      appendFileSync(join(dir, 'data', 'postgresql.auto.conf'), `${line}\n`);
      process.kill(server.child.pid, 'SIGHUP');
    },
    give: (name, text) => {
      const [data, file] = [join(dir, 'data'), join(dir, 'data', name)];
      const {uid, gid} = statSync(data);
      writeFileSync(file, text, {mode: 0o600});
      chownSync(file, uid, gid);
    },
    pause: () => signalAll(server.child.pid, 'SIGSTOP'),
    resume: () => signalAll(server.child.pid, 'SIGCONT'),
    backUp: () => copy('data', 'backup'),
    restore: () => copy('backup', 'data'),
    close: async () => {
      await children.close();
      rmSync(dir, {recursive: true, force: true});
    },
  };
}

/**
 * When freezing, the parent is first, so that it starts no more backends. A backend that ends in the meantime gets no
 * signal.
 */
export function signalAll(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(pid, signal);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of children.trim().split(' ').filter(Boolean)) {
    try {
      process.kill(Number(child), signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
