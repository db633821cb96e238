// .ci/full runs this. It copies the support desk into an empty folder and runs it there with only the packed packages.
import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {startMadangDev} from './madang-dev.ts';
import {npmEnv, packSdks, repository, run} from './packed-sdks.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-support-desk-'));
});
afterAll(() => rm(folder, {recursive: true, force: true}));

test('the support desk installs, builds, starts and passes its tests on the packed packages', async () => {
  const copy = join(folder, 'my-desk');
  await cp(join(repository, 'examples/support-desk'), copy, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist)$/.test(path),
  });
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...options, ...(await packSdks(folder))], {cwd: copy, env: npmEnv});
  const {PATH, HOME} = process.env;
  await run('npm', ['run', 'build'], {cwd: copy, env: {PATH, HOME}});
  const madang = await startMadangDev(copy, {args: ['--preset', 'support']});
  onTestFinished(() => void madang.stop());

  const env = {PATH, HOME, MADANG_URL: madang.url, MADANG_KEY: madang.key};
  const {stdout} = await run('npm', ['test'], {cwd: copy, env}).catch(
    (failure: {stdout: string; stderr: string}) => ({stdout: failure.stdout + failure.stderr}),
  );

  expect(stdout).toMatch(/^(ℹ|#) pass [1-9]/m);
  expect(stdout).toMatch(/^(ℹ|#) fail 0$/m);
}, 540_000);
