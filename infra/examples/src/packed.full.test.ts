// .ci/full runs this. It copies each example into an empty folder and runs it there with only the packed packages.
import {execFile} from 'node:child_process';
import {cp, mkdir, mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {openCounter, type Counter} from './counter.ts';
import {runTests} from './report.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');

let counter: Counter;
let folder: string;
beforeAll(async () => {
  [counter, folder] = await Promise.all([
    openCounter({gateways: 2}),
    mkdtemp(join(tmpdir(), 'madang-example-')),
  ]);
}, 120_000);
afterAll(async () => {
  await counter.stop();
  await rm(folder, {recursive: true, force: true});
});

test('the order desk installs, builds, starts and passes its tests on the packed packages', async () => {
  const copy = join(folder, 'order-desk');
  await cp(join(repository, 'examples/order-desk'), copy, {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  const packages = ['--workspace', 'packages/client', '--workspace', 'packages/server'];
  await run('npm', ['pack', ...packages, '--pack-destination', folder], {cwd: repository});
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  expect(tarballs).toHaveLength(2);
  const {PATH, HOME} = process.env;
  // npm reads its registry from the environment; the example gets only the variables that its README names.
  const npm = {cwd: copy, env: {...process.env, NODE_OPTIONS: ''}};
  const env = {PATH, HOME, ...counter.deskEnv};
  const here = {cwd: copy, env};
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];

  await run('npm', ['install', ...options, ...tarballs.map((name) => join(folder, name))], npm);
  await run('npm', ['run', 'build'], here);
  const {passed, failed, output} = await runTests('npm', ['test', '--'], here);

  expect(failed, output).toBe(0);
  expect(passed).toBeGreaterThan(5);
}, 540_000);

test('the mail notices install and build on the packed package', async () => {
  const [copy, packed] = [join(folder, 'mail-notices'), join(folder, 'for-mail')];
  await cp(join(repository, 'examples/mail-notices'), copy, {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  await mkdir(packed);
  const pack = ['pack', '--workspace', 'packages/server', '--pack-destination', packed];
  await run('npm', pack, {cwd: repository});
  const [tarball] = await readdir(packed);
  const npm = {cwd: copy, env: {...process.env, NODE_OPTIONS: ''}};
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];

  await run('npm', ['install', ...options, join(packed, tarball!)], npm);

  await expect(run('npm', ['run', 'build'], npm)).resolves.toBeDefined();
}, 540_000);
