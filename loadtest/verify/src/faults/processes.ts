/** Faults of processes that end, freeze, stop in order, or get too few resources of the machine. */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {GatewayProcess} from '@madang/testkit/cluster-processes';
import {CpuGroup, whyNoCpuGroup} from '../cpu-group.ts';
import {findReason} from '../find-reason.ts';
import type {Fault} from './fault.ts';

const crashPoints = [
  'before_append',
  'after_commit_before_broadcast',
  'after_commit_before_ack',
  'before_join',
  'after_join_before_broadcast',
  'after_join_before_ack',
  'before_sign_out',
  'after_sign_out_before_ack',
];

/** How many more files a process can open than it has open already. */
const spareFiles = 2;
const comeBackWithinMs = 60_000;
const faketimePlaces = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
];
/** The clock is ten minutes ahead, then ten minutes behind. */
const jumps = ['+600', '-600'] as const;
const jumpBackAfterMs = 2_000;
const cpuShare = 0.2;

export const processFaults: Fault[] = [
  {
    kind: 'node killed',
    on: 'a gateway',
    begin: ({gateway}) => {
      gateway.kill('SIGKILL');
      return () => comeBack(gateway);
    },
  },
  {
    kind: 'node frozen',
    on: 'a gateway',
    begin: ({gateway}) => {
      gateway.kill('SIGSTOP');
      return () => gateway.kill('SIGCONT');
    },
  },
  {
    kind: 'node drained',
    on: 'a gateway',
    begin: ({gateway}) => {
      gateway.kill('SIGTERM');
      return () => comeBack(gateway);
    },
  },
  ...crashPoints.map((point): Fault => ({
    kind: `crash ${point.replaceAll('_', ' ')}`,
    on: 'a gateway',
    begin: async ({gateway}) => {
      gateway.kill('SIGKILL');
      // It may reach that point before it is seen to be ready.
      await gateway.restart({MADANG_CRASH_AT: point}).catch(() => undefined);
      return async () => {
        // In the meantime, nobody may have reached that point.
        gateway.kill('SIGKILL');
        await comeBack(gateway);
      };
    },
  })),
  {
    kind: 'rolling restart',
    on: 'all gateways',
    lastsMs: 0,
    begin:
      ({cluster}) =>
      async () => {
        for (const gateway of cluster.gateways) {
          gateway.kill('SIGTERM');
          await comeBack(gateway);
        }
      },
  },
  {
    kind: 'node gasping',
    on: 'a gateway',
    begin: ({gateway}) => {
      // From outside, a blocked event loop looks like a process without CPU time: long freezes with short runs in between.
      const stop = new AbortController();
      const gasping = gasp(gateway, stop.signal);
      return async () => {
        stop.abort();
        await gasping;
      };
    },
  },
  {
    kind: 'little CPU time',
    on: 'a gateway',
    impossible: whyNoCpuGroup,
    begin: ({gateway}) => {
      const group = new CpuGroup(gateway.name, cpuShare);
      group.take(gateway.pid);
      return () => {
        group.release(gateway.pid);
        group.remove();
      };
    },
  },
  {
    kind: 'clock jumps',
    on: 'a gateway',
    claims: ['clocks'],
    impossible: () => (findFaketime() ? undefined : 'needs libfaketime: apt-get install libfaketime'),
    begin: async ({gateway}) => {
      const folder = mkdtempSync(join(tmpdir(), 'madang-clock-'));
      const file = join(folder, 'offset');
      const set = (offset: string) => writeFileSync(file, offset);
      set('+0');
      gateway.kill('SIGKILL');
      await comeBack(gateway, {
        LD_PRELOAD: findFaketime(),
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        // The monotonic clock does not jump on a real machine, so it must not jump here.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      });
      set(jumps[0]);
      const back = setTimeout(() => set(jumps[1]), jumpBackAfterMs);
      return async () => {
        clearTimeout(back);
        gateway.kill('SIGKILL');
        await comeBack(gateway);
        rmSync(folder, {recursive: true, force: true});
      };
    },
  },
  {
    kind: 'files used up',
    on: 'a gateway',
    impossible: () => findReason(() => execFileSync('prlimit', ['--version'], {stdio: 'pipe'})),
    begin: ({gateway}) => {
      const before = limitFiles(gateway.pid);
      const open = readdirSync(`/proc/${gateway.pid}/fd`).length;
      limitFiles(gateway.pid, `${open + spareFiles}:`);
      return () => void limitFiles(gateway.pid, `${before}:`);
    },
  },
  {
    kind: 'worker killed',
    on: 'worker',
    begin: ({cluster}) => {
      cluster.worker?.kill('SIGKILL');
      return () => cluster.worker?.restart();
    },
  },
  {
    kind: 'balancer killed',
    on: 'balancer',
    begin: async ({cluster}) => {
      await cluster.balancer?.kill();
      return () => untilItServes(() => cluster.balancer!.start());
    },
  },
  {
    kind: 'balancer reloaded',
    on: 'balancer',
    lastsMs: 0,
    begin: async ({cluster}) => {
      await cluster.balancer!.reload().catch(() => untilItServes(() => cluster.balancer!.start()));
      return () => undefined;
    },
  },
];

function comeBack(gateway: GatewayProcess, env?: NodeJS.ProcessEnv): Promise<void> {
  return untilItServes(() => gateway.restart(env));
}

/** Starts something again until it stays up, as a supervisor does. What it needs may be away at the same time. */
async function untilItServes(start: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + comeBackWithinMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(500);
    }
  }
}

function findFaketime(): string | undefined {
  return faketimePlaces.find((file) => existsSync(file));
}

async function gasp(gateway: GatewayProcess, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    gateway.kill('SIGSTOP');
    await delay(700);
    gateway.kill('SIGCONT');
    await delay(50);
  }
}

/** Returns the soft limit of a process, after setting it if one is given. */
function limitFiles(pid: number, soft?: string): string {
  const args = ['--pid', String(pid), `--nofile${soft === undefined ? '' : `=${soft}`}`];
  const shown = soft === undefined ? ['--raw', '--noheadings', '--output', 'SOFT'] : [];
  return execFileSync('prlimit', [...args, ...shown], {encoding: 'utf8', stdio: 'pipe'}).trim();
}
