import {execFileSync} from 'node:child_process';
import {availableParallelism} from 'node:os';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';

/**
 * Runs something with a cluster on the first core, and this process with its clients on the others: otherwise the
 * clients' own work would show in the figures. With one core only, they share it.
 */
export async function withCluster<Result>(
  act: (cluster: ProcessCluster) => Promise<Result>,
): Promise<Result> {
  const cores = availableParallelism();
  // What is started inherits it.
  pin('0');
  const cluster = await startCluster({
    gateways: 3,
    worker: true,
    balancer: true,
    redis: 'private',
    postgres: 'private',
    env: {LOG_LEVEL: 'warn'},
  }).finally(() => pin(cores > 1 ? `1-${cores - 1}` : '0'));
  try {
    return await act(cluster);
  } finally {
    await cluster.stop();
  }
}

function pin(cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)], {
    stdio: 'pipe',
  });
}
