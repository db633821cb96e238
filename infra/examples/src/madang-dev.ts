/** Runs `npx @madang/server dev` in a folder in which the packed packages are installed. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {npmEnv} from './packed-sdks.ts';

export type MadangDev = {
  url: string;
  key: string;
  startedInMs: number;
  /** The pid of the process itself. npx is between it and us. */
  pid: number;
  ask<Body>(method: string, path: string, body?: object): Promise<Body>;
  /** Sends a signal to npx alone. Resolves once npx has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

export type DevSettings = {env?: NodeJS.ProcessEnv; uid?: number; gid?: number; args?: string[]};

/** Settings that npm passed to the tests. Another user may not be allowed to read the files that they name. */
const withoutCaller = (given: NodeJS.ProcessEnv) =>
  Object.fromEntries(
    Object.entries(given).filter(([name]) => !/^npm_/i.test(name) || name === 'npm_config_registry'),
  );

/** Starts it and reads its output. If it does not start, it rejects with that output. */
export async function startMadangDev(
  folder: string,
  {env, args = [], ...user}: DevSettings = {},
): Promise<MadangDev> {
  const since = performance.now();
  const child = spawn('npx', ['@madang/server', 'dev', ...args], {
    cwd: folder,
    env: {...withoutCaller(npmEnv), ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  process.once('exit', () => child.kill('SIGTERM'));
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const key = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (/^stop .*\n/m.test(said)) resolve(/mdk_\S+/.exec(said)![0]);
    });
    void exited.then(([code]) => reject(new Error(`ended with ${code}: ${said}`)));
  });
  const url = /http:\/\/\S+/.exec(said)![0];
  const pid = Number(/kill (\d+)/.exec(said)![1]);
  return {
    url,
    key,
    startedInMs: performance.now() - since,
    pid,
    async ask<Body>(method: string, path: string, body?: object) {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'},
        ...(body ? {body: JSON.stringify(body)} : {}),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as Body;
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
