// .ci/full runs this: `npx @madang/server dev` from the packed package, in an empty folder, as root and as another user.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startMadangDev} from './madang-dev.ts';
import {installInto, packSdks, run} from './packed-sdks.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-dev-'));
  // A folder that another user may also enter.
  chmodSync(folder, 0o755);
  const server = (await packSdks(folder)).find((name) => name.includes('madang-server'))!;
  await installInto(folder, [server]);
}, 300_000);
afterAll(() => rm(folder, {recursive: true, force: true}));

const nobody = 65_534;
const isRoot = process.getuid!() === 0;

/** A home of its own for the cache, and a folder of its own for everything that must be gone at the end. */
function prepareHome(name: string, uid: number): {HOME: string; TMPDIR: string; XDG_CACHE_HOME: string} {
  const HOME = join(folder, name);
  const TMPDIR = join(HOME, 'tmp');
  for (const path of [HOME, TMPDIR]) {
    mkdirSync(path, {recursive: true});
    chownSync(path, uid, uid);
  }
  return {HOME, TMPDIR, XDG_CACHE_HOME: join(HOME, 'cache')};
}

/** Returns the processes that work in the folder, or were started with it. */
function processesIn(path: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path) ||
          readlinkSync(`/proc/${pid}/cwd`).startsWith(path))
      );
    } catch {
      return false;
    }
  });
}

/** Checks that nothing runs there, and that nothing is left except what npm itself keeps. */
const isEmpty = (path: string) =>
  processesIn(path).length === 0 && readdirSync(path).every((name) => name === 'node-compile-cache');

type User = [name: string, uid: number];
const root: User[] = [
  ['root', 0],
  ['nobody', nobody],
];
const users: User[] = isRoot ? root : [['user', process.getuid!()]];

test.for(users)(
  '%s starts it, calls it and ends it, and nothing is left',
  {timeout: 300_000},
  async ([name, uid]) => {
    const env = prepareHome(name, uid);
    const user = isRoot ? {uid, gid: uid} : {};
    for (const [round, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
      const dev = await startMadangDev(folder, {env, ...user});
      // The log keeps these figures. A busy machine takes longer.
      console.log(`${name}, run ${round + 1}: started in ${Math.round(dev.startedInMs)} ms`);
      const {room} = await dev.ask<{room: {id: string}}>('POST', '/rooms', {
        title: 'A',
        clientId: crypto.randomUUID(),
      });
      expect(room.id).toEqual(expect.any(String));
      // Process managers do this. Ctrl-C reaches every process of a terminal.
      const stopped = dev.stop(signal);

      const isGone = () => !existsSync(`/proc/${dev.pid}`) && isEmpty(env.TMPDIR);
      await waitFor(isGone, {
        timeoutMs: 10_000,
        what: `everything to be gone after ${signal} to npx`,
      });
      await stopped;
    }
  },
);

test('after SIGKILL nothing is left either', async () => {
  const env = prepareHome('killed', process.getuid!());
  const dev = await startMadangDev(folder, {env});

  process.kill(dev.pid, 'SIGKILL');

  await waitFor(() => isEmpty(env.TMPDIR), {
    timeoutMs: 30_000,
    what: 'everything to be gone',
  });
}, 300_000);

test('without Redis one line says what to do', async () => {
  const env = prepareHome('without-redis', process.getuid!());
  const dev = await startMadangDev(folder, {env});
  await dev.stop();
  const programs = join(env.HOME, 'programs');
  mkdirSync(programs);
  symlinkSync(process.execPath, join(programs, 'node'));

  const ended = await run(process.execPath, ['node_modules/.bin/madang-dev', 'dev'], {
    cwd: folder,
    env: {...env, PATH: programs},
  }).catch((failure: {code: number; stderr: string}) => failure);

  expect(ended).toMatchObject({code: 1});
  expect(ended.stderr).toMatch(/^redis-server is not in PATH: .*REDIS_URL.*\n$/);
  expect(existsSync(join(folder, 'package-lock.json'))).toBe(true);
}, 300_000);
