import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs `npm run load` with these arguments. */
export async function run(args: string[]): Promise<{code: number | null; output: string}> {
  const child = spawn(process.execPath, [main, ...args], {stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return {code, output};
}
