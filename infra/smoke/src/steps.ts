/** The output of a smoke test, and the programs that it runs. */
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

const exec = promisify(execFile);

/** Runs a program in the root of the repository and returns its output. If it fails, the error has its output. */
export async function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const {stdout} = await exec(command, args, {
      cwd: root,
      env: {...process.env, ...env},
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim();
  } catch (error) {
    const {stderr, stdout} = error as {stderr: string; stdout: string};
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`, {cause: error});
  }
}

/** Prints one line for each step: what was done, what it showed, how long it took. */
export async function step<Result>(
  what: string,
  act: () => Promise<Result>,
  show: (result: Result) => string = () => '',
): Promise<Result> {
  const startedAt = performance.now();
  try {
    const result = await act();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    say(`ok    ${what}${show(result) && `: ${show(result)}`} (${seconds} s)`);
    return result;
  } catch (error) {
    say(`FAIL  ${what}`);
    throw error;
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Fails with the sentence unless the condition holds. */
export function expect(holds: unknown, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}
