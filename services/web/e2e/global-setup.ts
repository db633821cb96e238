import {findProgram, installMissing} from '@madang/local/install';
import {chromium} from 'playwright-core';
import type {TestProject} from 'vitest/node';
import {BACK_HOST, FRONT_HOST, LAN_HOST} from './hosts.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the one Chromium listens whose contexts all test files share. */
    browserUrl: string;
  }
}

const hosts = [LAN_HOST, FRONT_HOST, BACK_HOST];

/** Starts the browser for the whole run; it ends with this process, however that ends. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  installMissing(['chromium'], (line) => process.stdout.write(`${line}\n`));
  const server = await chromium.launchServer({
    executablePath: findProgram('chromium'),
    args: [`--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',')}`],
  });
  project.provide('browserUrl', server.wsEndpoint());
  return () => server.close();
}
