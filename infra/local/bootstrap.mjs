// Runs on any Node >= 18 with nothing installed: node infra/local/bootstrap.mjs <command> [arguments]
//
// Installs what package-lock.json names if it is missing, then runs the command on Node 24. The command may install system
// packages. With --no-install, or MADANG_INSTALL=no, the operator installs them.
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {constants} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const byHandConfig = 'services/web/e2e/by-hand.config.ts';
const byHand = (project) => [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  byHandConfig,
  '--project',
  project,
];
const commands = {
  install: [],
  start: ['infra/local/src/start.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  bench: ['loadtest/bench/src/main.ts'],
  'bench:web': byHand('bench'),
  tour: byHand('tour'),
  load: ['loadtest/k6/src/main.ts'],
  'load:setup': ['loadtest/k6/src/setup.ts'],
  simulate: ['loadtest/simulate/src/main.ts'],
  verify: ['loadtest/verify/src/main.ts'],
  'docker-smoke': ['infra/smoke/src/docker.ts'],
  'helm-smoke': ['infra/smoke/src/helm.ts'],
};

const [name, ...given] = process.argv.slice(2);
const rest = given.filter((argument) => argument !== '--no-install');
if (rest.length < given.length) process.env.MADANG_INSTALL = 'no';
if (!Object.hasOwn(commands, name ?? ''))
  fail(`usage: bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`);
install();
if (name !== 'install') run(findNode(), [...commands[name], ...rest]);

function install() {
  if (isInstalled()) return;
  console.log('installing the dependencies (npm ci)');
  const stdio = ['ignore', 'ignore', 'inherit'];
  const {status, error} = spawnSync('npm', ['ci', '--loglevel=error'], {cwd: root, stdio});
  if (status !== 0) fail(`npm ci failed${error ? `: ${error.message}` : ''}`);
}

/** Compares by content, because git sets the times of files as it likes. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const [wanted, present] = [join(root, 'package-lock.json'), installed].map(
    (file) => JSON.parse(readFileSync(file, 'utf8')).packages,
  );
  return Object.entries(wanted)
    .filter(
      ([path, {optional, devOptional}]) => path.startsWith('node_modules/') && !optional && !devOptional,
    )
    .every(([path, {version}]) => present[path] && present[path].version === version);
}

/** On Linux, Node 24 comes with the dependencies. Elsewhere the system's own Node must be able to run TypeScript. */
function findNode() {
  for (const node of [join(root, 'node_modules', '.bin', 'node'), process.execPath]) {
    try {
      const [major, minor] = execFileSync(node, ['-p', 'process.versions.node'], {
        encoding: 'utf8',
        stdio: 'pipe',
      }).split('.');
      if (Number(major) > 22 || (Number(major) === 22 && Number(minor) >= 18)) return node;
    } catch {
      // The package is missing, or was installed for another system.
    }
  }
  return fail('Node 22.18 or newer is needed here: https://nodejs.org');
}

function run(node, args) {
  // With this folder first in PATH, npx and scripts find the same Node. The channel closes when this process ends, even if
  // it is killed, and the started process notices that.
  const env = {
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
  };
  const stdio = name === 'start' ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  const child = spawn(node, args, {cwd: root, env, stdio});
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
  if (process.env.npm_lifecycle_event) watchParent(child);
}

/** npm passes on every signal except SIGKILL. (The script's `exec` makes npm the parent, with no shell in between.) */
function watchParent(child) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
