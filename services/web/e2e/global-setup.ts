import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Children} from '@madang/processes/children';
import {findProgram, installMissing} from '@madang/processes/install';
import {buildWebClient} from '@madang/processes/web-client';
import {chromium, firefox, type BrowserServer} from 'playwright-core';
import type {TestProject} from 'vitest/node';
import {BACK_HOST, FRONT_HOST, LAN_HOST} from './hosts.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the one Chromium whose contexts all test files share. */
    browserUrl: string;
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const hosts = [LAN_HOST, FRONT_HOST, BACK_HOST];

/**
 * Builds the web client, and starts the browser for the whole run. The browser ends with this process, however that ends.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  await build(say);
  const server = await launch(say);
  project.provide('browserUrl', server.wsEndpoint());
  return () => server.close();
}

/**
 * The system's Chromium, or Firefox if .ci/full asks for it, which has made sure that Playwright's own Firefox is
 * installed.
 */
function launch(say: (line: string) => void): Promise<BrowserServer> {
  if (process.env['MADANG_TEST_BROWSER'] === 'firefox')
    return firefox.launchServer({firefoxUserPrefs: {'network.dns.localDomains': hosts.join(',')}});
  installMissing(['chromium'], say);
  return chromium.launchServer({
    executablePath: findProgram('chromium'),
    args: [`--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',')}`],
  });
}

async function build(say: (line: string) => void): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'madang-build-'));
  const children = new Children(join(dir, 'run'), dir);
  try {
    await buildWebClient({root, children, env: process.env, dir, say});
  } finally {
    await children.close();
    rmSync(dir, {recursive: true, force: true});
  }
}
