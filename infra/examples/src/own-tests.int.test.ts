// Runs the example's own tests as its reader does, against the cluster and database that variables name.
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished, test} from 'vitest';
import {fromSources, openCounter} from './counter.ts';
import {runTests} from './report.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--root', 'examples/order-desk'];
const config = ['--config', fileURLToPath(new URL('in-place.config.ts', import.meta.url))];

test('the order desk passes its own tests', async () => {
  const counter = await openCounter({gateways: 1});
  onTestFinished(() => counter.stop());
  const {PATH} = process.env;
  const env = {PATH, ...counter.deskEnv, ...fromSources};

  const {passed, failed, output} = await runTests(process.execPath, [...vitest, ...config], {cwd: root, env});

  expect(failed, output).toBe(0);
  expect(passed).toBeGreaterThan(5);
}, 300_000);
