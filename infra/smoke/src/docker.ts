/**
 * infra/docker/smoke: runs the stack of docker-compose.yml, from nothing to nothing, on a real engine under a real load.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findFreePort} from '@madang/processes/free-port';
import {createStack} from './compose-stack.ts';
import {checkBackup} from './docker-backup.ts';
import {checkHttps} from './docker-https.ts';
import {checkHardened} from './docker-hardened.ts';
import {checkObservability} from './docker-observability.ts';
import {checkOutside} from './docker-outside.ts';
import {checkRestarts} from './docker-restarts.ts';
import {checkUpgrade} from './docker-upgrade.ts';
import {expect, say, step} from './steps.ts';

const [http, https] = [await findFreePort(), await findFreePort()].map(String) as [string, string];
const url = `http://127.0.0.1:${http}`;
const dir = mkdtempSync(join(tmpdir(), 'madang-smoke-'));
const settings = {HTTP_PORT: http, HTTPS_PORT: https, TLS_DIR: dir, MADANG_IMAGE: 'madang:smoke'};
const stack = createStack('madang-smoke', settings);
const parts = process.argv.slice(2);
const wants = (part: string) => parts.length === 0 || parts.includes(part);

let isFailed = false;
try {
  await stack.down();
  await step('build the image', () => stack.compose('build', 'gateway'));
  await step('up from nothing to ready', async () => {
    const startedAt = performance.now();
    await stack.compose('up', '-d');
    expect((await fetch(`${url}/readyz`)).ok, 'the balancer leads to no gateway');
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(seconds <= 60, `took ${seconds} s`);
  });
  if (wants('outside')) await checkOutside(url);
  if (wants('hardened')) await checkHardened(stack);
  if (wants('observability')) await checkObservability(stack, url);
  if (wants('restarts')) await checkRestarts(stack, url);
  if (wants('upgrade')) await checkUpgrade(stack, url);
  if (wants('backup')) await checkBackup(stack, url, dir);
  if (wants('https')) await checkHttps(stack, {dir, http, https});
} catch (error) {
  isFailed = true;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write(`${await stack.compose('logs', '--tail', '10').catch(String)}\n`);
} finally {
  await step('down, and nothing is left', async () => {
    const left = await stack.down();
    expect(left === '', `left: ${left}`);
  });
  rmSync(dir, {recursive: true});
}
say(isFailed ? 'smoke failed' : 'smoke passed');
process.exit(isFailed ? 1 : 0);
