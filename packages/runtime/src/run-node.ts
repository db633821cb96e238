import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

export type Run = {
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the output contains the text. */
  printed(text: string): Promise<void>;
  ended: Promise<{code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string}>;
};

/** Runs a module's source in its own process, for tests of code that ends a process. */
export function runNode(source: string): Run {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = {stdout: '', stderr: ''};
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  return {
    kill: (signal) => void child.kill(signal),
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => output.stdout.includes(text) && resolve();
        child.stdout.on('data', look);
        child.once('close', () => reject(new Error(`ended without printing ${text}: ${output.stderr}`)));
        look();
      }),
    ended: new Promise((resolve) =>
      child.once('close', (code, signal) => resolve({code, signal, ...output})),
    ),
  };
}
