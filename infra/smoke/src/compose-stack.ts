/** A stack of docker-compose.yml under its own project name, so that it disturbs no other. */
import {waitFor} from '@madang/testkit/wait-for';
import {run} from './steps.ts';

export type Stack = ReturnType<typeof createStack>;

/** The settings are variables of docker-compose.yml. */
export function createStack(project: string, settings: Record<string, string>) {
  const env: NodeJS.ProcessEnv = {
    COMPOSE_PROJECT_NAME: project,
    DOCKER_BUILDKIT: process.env.DOCKER_BUILDKIT,
    ...settings,
  };
  const compose = (...args: string[]) => run('infra/docker/compose', args, env);
  const docker = (...args: string[]) => run('docker', args);

  const stack = {
    env,
    compose,
    docker,
    /** Runs the operator's command line in a gateway. */
    madang: (...args: string[]) => compose('run', '--rm', '-T', 'madang', ...args),
    /** Returns the ids of a service's running containers. */
    async containers(service: string): Promise<string[]> {
      return (await compose('ps', '-q', service)).split('\n').filter(Boolean);
    },
    async isHealthy(id: string): Promise<boolean> {
      return (await docker('inspect', '-f', '{{.State.Health.Status}}', id)) === 'healthy';
    },
    async untilHealthy(service: string): Promise<void> {
      await waitFor(
        async () => {
          const ids = await stack.containers(service);
          return ids.length > 0 && (await Promise.all(ids.map(stack.isHealthy))).every(Boolean);
        },
        {timeoutMs: 60_000, what: `${service} to be healthy`, everyMs: 500},
      );
    },
    async scale(count: number): Promise<void> {
      await compose('up', '-d', '--no-deps', '--no-recreate', '--scale', `gateway=${count}`, 'gateway');
      await stack.untilHealthy('gateway');
    },
    /** Returns name, use and limit of each container's memory, in MiB, and whether any container was ever killed for it. */
    async memory(): Promise<{name: string; usedMiB: number; limitMiB: number; isKilled: boolean}[]> {
      const ids = (await compose('ps', '-q')).split('\n').filter(Boolean);
      const running = (await docker('ps', '-q', '--no-trunc')).split('\n');
      return Promise.all(
        ids
          .filter((id) => running.includes(id))
          .map(async (id) => {
            const [name = '', used = ''] = (
              await docker('stats', '--no-stream', '--format', '{{.Name}}|{{.MemUsage}}', id)
            ).split('|');
            const [limit = '', killed = ''] = (
              await docker('inspect', '-f', '{{.HostConfig.Memory}} {{.State.OOMKilled}}', id)
            ).split(' ');
            return {
              name,
              usedMiB: inMiB(used.split(' / ')[0] ?? ''),
              limitMiB: Number(limit) / 2 ** 20,
              isKilled: killed === 'true',
            };
          }),
      );
    },
    /** Removes everything. Returns what is left, which must be nothing. */
    async down(): Promise<string> {
      await compose('--profile', 'observability', 'down', '-v', '--remove-orphans', '-t', '25');
      const filter = ['--filter', `label=com.docker.compose.project=${project}`];
      return [
        await docker('ps', '-aq', ...filter),
        await docker('volume', 'ls', '-q', ...filter),
        await docker('network', 'ls', '-q', ...filter),
      ].join('');
    },
  };
  return stack;
}

function inMiB(text: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+)\s*(\w+)$/.exec(text) ?? [];
  return (
    Math.round(Number(number) * ({B: 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 1024}[unit] ?? Number.NaN) * 10) /
    10
  );
}
