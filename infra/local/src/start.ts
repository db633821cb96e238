// `npm start`: a whole cluster on this machine. start.ts [<folder for its data>]
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Fatal} from '@madang/processes/fatal';
import {Cluster} from './cluster.ts';
import {readConfig} from './config.ts';

const DATA = fileURLToPath(new URL('../../../.madang', import.meta.url));
// Ctrl-C reaches this process from the terminal and again through npm; only a later one means "at once".
const AGAIN_AFTER_MS = 1_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
// After the terminal or pipe has closed, this process must still stop the others in order.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

let cluster: Cluster | undefined;
let askedAt: number | undefined;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
// The process that started this one has ended without a signal.
process.on('disconnect', () => void stop());

try {
  const dir = resolve(process.argv[2] ?? DATA);
  cluster = new Cluster(readConfig(process.env), dir, say);
  const url = await cluster.start();
  if (askedAt === undefined) {
    say(`data and logs are in ${dir}; Ctrl-C stops everything`);
    say(`ready ${url}`);
  }
} catch (error) {
  if (askedAt === undefined) await fail(error);
}

async function stop(): Promise<void> {
  const isAgain = askedAt !== undefined;
  if (askedAt !== undefined && performance.now() - askedAt < AGAIN_AFTER_MS) return;
  askedAt ??= performance.now();
  if (!isAgain) say('stopping');
  await cluster?.stop();
  process.exit(0);
}

async function fail(error: unknown): Promise<never> {
  process.stderr.write(`${error instanceof Fatal ? error.message : describe(error)}\n`);
  await cluster?.stop();
  process.exit(1);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
