import {execFileSync} from 'node:child_process';
import {availableParallelism} from 'node:os';
import {CpuGroup} from '../cpu-group.ts';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';

/**
 * Runs a cluster on the first core, and this process with its clients on the others. Otherwise the clients' own work would
 * show in the figures. With only one core, they share it. `ofCore` gives the cluster a part of its core.
 */
export async function withCluster<Result>(
  act: (cluster: ProcessCluster) => Promise<Result>,
  {
    ofCore = 1,
    gateways = 3,
    workers = 1,
    env = {},
  }: {ofCore?: number; gateways?: number; workers?: number; env?: NodeJS.ProcessEnv} = {},
): Promise<Result> {
  const cores = availableParallelism();
  const group = ofCore < 1 ? new CpuGroup('cluster', ofCore) : undefined;
  // Child processes inherit both.
  pin('0');
  group?.take(process.pid);
  const cluster = await startCluster({
    gateways,
    worker: workers,
    balancer: true,
    redis: 'private',
    postgres: 'private',
    env: {LOG_LEVEL: 'warn', ...env},
  }).finally(() => {
    pin(cores > 1 ? `1-${cores - 1}` : '0');
    group?.release(process.pid);
  });
  try {
    return await act(cluster);
  } finally {
    await cluster.stop();
    group?.remove();
  }
}

function pin(cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)], {
    stdio: 'pipe',
  });
}
