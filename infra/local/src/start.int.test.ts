import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {findFreePort} from '@madang/processes/free-port';
import type {Leftover} from '@madang/processes/leftovers';
import {identifyProcess} from '@madang/processes/process-identity';
import {commandRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from 'vitest';

// `npm start` as its users see it, with one gateway: processes, signals, exit codes and lines.

const BOOTSTRAP = fileURLToPath(new URL('../bootstrap.mjs', import.meta.url));

let dir: string;
let port: number;
let runs: Run[];

// One folder for all tests, because only the first start has to create a database.
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'madang-start-'));
});

beforeEach(async () => {
  port = await findFreePort();
  runs = [];
});

afterEach(async () => {
  for (const run of runs) if (run.isRunning()) process.kill(-run.pid, 'SIGTERM');
  await Promise.all(runs.map(({exited}) => exited));
  await nothingRuns();
});

afterAll(() => rmSync(dir, {recursive: true, force: true}));

interface Run {
  pid: number;
  output(): string;
  exited: Promise<number | null>;
  isRunning(): boolean;
}

function start(env: NodeJS.ProcessEnv = {}, options: string[] = []): Run {
  // Its own process group, as a terminal starts each command.
  const child = spawn(process.execPath, [BOOTSTRAP, 'start', ...options, dir], {
    env: {PATH: process.env.PATH, NODES: '1', PORT: String(port), ...env},
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const run = {pid: child.pid ?? 0, output: () => output, exited, isRunning: () => child.exitCode === null};
  runs.push(run);
  return run;
}

const lastLine = (run: Run) => run.output().trimEnd().split('\n').at(-1);
const ready = async (run: Run) => {
  await waitFor(() => run.output().includes('\nready '), {
    timeoutMs: 30_000,
    what: `ready, after ${run.output()}`,
  });
};
const notes = (): Leftover[] =>
  existsSync(join(dir, 'run'))
    ? readdirSync(join(dir, 'run'))
        .filter((name) => name.endsWith('.child.json'))
        .flatMap(readNote)
    : [];
/** Returns none while another process writes or removes the file, which may happen at any time. */
function readNote(name: string): Leftover[] {
  try {
    return [JSON.parse(readFileSync(join(dir, 'run', name), 'utf8')) as Leftover];
  } catch {
    return [];
  }
}
const pidOf = (name: string) => notes().find((note) => note.name === name)?.pid;
const supervisorPid = () =>
  (JSON.parse(readFileSync(join(dir, 'run', 'supervisor.json'), 'utf8')) as {pid: number}).pid;
const isAlive = ({pid, identity}: Leftover) => identifyProcess(pid) === identity;
const allEnd = (processes: Leftover[]) =>
  waitFor(() => !processes.some(isAlive), {timeoutMs: 15_000, what: 'every process to end'});
const nothingRuns = () => allEnd(notes());

async function signInAsGuest(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/auth/guest`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: '{}',
  });
  expect(answer.status).toBe(201);
  return (
    answer.headers
      .getSetCookie()
      .find((line) => line.startsWith('madang='))
      ?.split(';')[0] ?? ''
  );
}

async function statusOfMe(cookie: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/me`, {headers: {cookie}});
  await answer.body?.cancel();
  return answer.status;
}

test('told not to install, it names the packages of what is missing, and ends', async () => {
  // A PATH without redis-server. haproxy may be found where systems keep servers.
  const run = start({PATH: '/nowhere'}, ['--no-install']);
  expect(await run.exited).toBe(1);
  expect(lastLine(run)).toMatch(/^redis-server.* not found, and MADANG_INSTALL=no; install .*redis-server/);
  expect(run.output()).not.toContain('installing');
});

test('ends with the ready line, and leaves no process at Ctrl-C; a second start knows the sessions of the first', async () => {
  const first = start();
  await ready(first);
  expect(lastLine(first)).toBe(`ready http://127.0.0.1:${port}`);
  const cookie = await signInAsGuest();
  const processes = notes();
  expect(processes.map(({name}) => name).sort()).toEqual([
    'gateway-1',
    'haproxy',
    'order-desk',
    'postgres',
    'redis',
    'worker',
  ]);

  process.kill(-first.pid, 'SIGINT');
  await expect(first.exited).resolves.toBe(0);
  expect(processes.filter(isAlive)).toEqual([]);

  const second = start();
  await ready(second);
  await expect(statusOfMe(cookie)).resolves.toBe(200);

  // Only to this process, as `kill` does.
  process.kill(second.pid, 'SIGTERM');
  await expect(second.exited).resolves.toBe(0);
});

test('no password stands in a line, in the arguments of a process or in a file that others may read', async () => {
  const run = start();
  await ready(run);
  const stores = JSON.parse(readFileSync(join(dir, 'stores.json'), 'utf8')) as Record<string, string>;
  const addresses = Object.values(stores).filter((text) => text.includes('://'));
  const passwords = addresses.map((address) => new URL(address).password);
  expect(Object.keys(stores)).toEqual(
    expect.arrayContaining(['DATABASE_URL', 'ADMIN_DATABASE_URL', 'MIGRATION_DATABASE_URL', 'REDIS_URL']),
  );
  for (const password of passwords) expect(password.length).toBeGreaterThan(20);
  const secrets = [...passwords, readFileSync(join(dir, 'session-secret'), 'utf8').trim()];

  const args = notes().map(({pid}) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  expect(args).toHaveLength(6);
  for (const secret of secrets) {
    expect(run.output()).not.toContain(secret);
    expect(args.join('\n')).not.toContain(secret);
  }
  for (const file of filesWith(secrets)) expect([file, statSync(file).mode & 0o077]).toEqual([file, 0]);

  const unknown = new URL(stores.REDIS_URL!);
  unknown.password = '';
  await expect(commandRedis(unknown.href, 'get', 'x')).resolves.toContain('NOAUTH');
  await expect(commandRedis(stores.REDIS_URL!, 'ping')).resolves.toBe('PONG');
});

/** Returns the files of this cluster that contain one of the secrets, logs included. */
function filesWith(secrets: string[]): string[] {
  const files = readdirSync(dir, {recursive: true, withFileTypes: true}).filter(
    (entry) => entry.isFile() && !entry.parentPath.startsWith(join(dir, 'postgres')),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  const found = paths.filter((path) => secrets.some((secret) => readFileSync(path, 'utf8').includes(secret)));
  expect(found).toContain(join(dir, 'stores.json'));
  expect(found.filter((path) => path.endsWith('.log'))).toEqual([]);
  return found;
}

test('starts again what dies, within 2 s, and says so in one line', async () => {
  const run = start();
  await ready(run);

  for (const name of ['gateway-1', 'worker', 'haproxy', 'redis', 'postgres']) {
    const before = await waitFor(() => pidOf(name), {timeoutMs: 10_000, what: name});
    process.kill(before, 'SIGKILL');
    await waitFor(() => pidOf(name) !== undefined && pidOf(name) !== before, {
      timeoutMs: 2_000,
      what: `another ${name}`,
    });
    await waitFor(() => run.output().includes(`\n${name} ended (SIGKILL); starting it again\n`), {
      timeoutMs: 2_000,
      what: `the line that says so of ${name}`,
    });
  }
  await waitFor(() => fetch(`http://127.0.0.1:${port}/readyz`).then(({ok}) => ok), {
    timeoutMs: 10_000,
    what: 'the cluster to be ready again',
  });
});

test('leaves nothing behind when what started it is killed', async () => {
  const run = start();
  await ready(run);
  const processes = notes();

  process.kill(run.pid, 'SIGKILL');

  await allEnd(processes);
}, 60_000);

test('leaves nothing behind when it is killed itself, and starts again on the same data', async () => {
  const first = start();
  await ready(first);
  const cookie = await signInAsGuest();
  const processes = notes();

  process.kill(supervisorPid(), 'SIGKILL');
  // At once, so the second start meets the first one's processes while they are being ended.
  const second = start();
  await allEnd(processes);
  await ready(second);

  await expect(statusOfMe(cookie)).resolves.toBe(200);
}, 90_000);

test('says in one line that the port is taken', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));

  const run = start();

  await expect(run.exited).resolves.toBe(1);
  expect(run.output()).toBe(`port ${port} is taken; choose another: PORT=9000 npm start\n`);
  await new Promise((resolve) => other.close(resolve));
});

test('says in one line that nothing answers at DATABASE_URL, without its password', async () => {
  const nobody = await findFreePort();

  const run = start({DATABASE_URL: `postgres://me:secret@127.0.0.1:${nobody}/madang`});

  await expect(run.exited).resolves.toBe(1);
  expect(run.output()).toContain(`DATABASE_URL: nothing answers at 127.0.0.1:${nobody} (ECONNREFUSED)\n`);
  expect(run.output()).not.toContain('secret');
});

test('refuses to run twice on one folder', async () => {
  const first = start();
  await ready(first);

  const second = start({PORT: String(await findFreePort())});

  await expect(second.exited).resolves.toBe(1);
  expect(second.output()).toContain('runs already (pid ');
});
