import {chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Children} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {findProgram} from '@madang/processes/install';
import {findPostgresUser} from '@madang/processes/postgres-user';
import {waitFor} from './wait-for.ts';

export interface Pgbouncer {
  /** The same address by way of the pooler. */
  url(target: string): string;
  /** Ends it as a crash does, and starts it again at the same address. */
  restart(): Promise<void>;
  /** Freezes it: connections stay open, nothing is passed on. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

export type PgbouncerOptions = {
  mode: 'session' | 'transaction';
  /** The address of a role whose password it knows. */
  target: string;
  settings?: Record<string, string>;
};

/** Starts a PgBouncer in front of a Postgres. It never outlives the test process. */
export async function startPgbouncer({mode, target, settings = {}}: PgbouncerOptions): Promise<Pgbouncer> {
  const command = findProgram('pgbouncer');
  if (!command) throw new Error('pgbouncer not found: apt-get install pgbouncer');
  const dir = mkdtempSync(join(tmpdir(), 'madang-pgbouncer-'));
  chmodSync(dir, 0o755);
  const children = new Children(join(dir, 'run'), dir);
  const port = await findFreePort();
  const {hostname, port: targetPort, username, password} = new URL(target);
  const user = findPostgresUser();
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, {mode: 0o600});
    if (user) chownSync(join(dir, name), user.uid, user.gid);
    return join(dir, name);
  };
  const unquoted = (text: string) => decodeURIComponent(text).replaceAll('"', '""');
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: write('users', `"${unquoted(username)}" "${unquoted(password)}"\n`),
    pool_mode: mode,
    max_client_conn: 500,
    default_pool_size: 20,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const file = write(
    'pgbouncer.ini',
    `[databases]\n* = host=${hostname} port=${targetPort}\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  const start = async () => {
    const child = await children.start({
      name: 'pgbouncer',
      command,
      args: [file],
      ...user,
      env: {PATH: process.env.PATH},
      cwd: dir,
      logFile: join(dir, 'pgbouncer.log'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 2_000,
    });
    await waitFor(() => isListening(port), {timeoutMs: 20_000, what: 'PgBouncer to listen'});
    return child;
  };
  let child = await start();
  return {
    url: (address) => {
      const url = new URL(address);
      Object.assign(url, {hostname: '127.0.0.1', port: String(port)});
      return url.href;
    },
    restart: async () => {
      await child.stop('SIGKILL');
      child = await start();
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    close: async () => {
      await children.close();
      rmSync(dir, {recursive: true, force: true});
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({port, host: '127.0.0.1'});
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
