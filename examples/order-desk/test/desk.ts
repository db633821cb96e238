/** Runs the desk as in production, in its own process, whose address is in a line that it logs. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A level of pino. Lines of this level or above belong in the output of the tests. */
const warn = 40;

export type RunningDesk = {
  url: string;
  /** Ends it in order, or with SIGKILL as a crash does. */
  stop(signal?: NodeJS.Signals): Promise<void>;
};

/** Starts a desk on any free port; `env` overrides the environment of the tests. */
export async function startDesk(env: NodeJS.ProcessEnv = {}): Promise<RunningDesk> {
  const own = {
    PORT: '0',
    LOG_LEVEL: 'info',
    TRUST_PROXY: '1',
    DESK_SECRET: 'a secret that only the tests know',
  };
  const child = spawn(process.execPath, [main], {
    env: {...process.env, ...own, ...env},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  const lines = createInterface({input: child.stdout});
  const serving = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const {msg, level, url = ''} = JSON.parse(line) as {msg: string; level: number; url?: string};
      if (msg === 'serving') resolve(url);
      if (level >= warn) process.stderr.write(`${line}\n`);
    });
    lines.once('close', () => reject(new Error('the desk has not started; its last line says why')));
  });
  return {
    url: await serving,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}
