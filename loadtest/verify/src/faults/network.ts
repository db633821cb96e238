/**
 * Faults of networks that lose, delay, tear or carry in one direction, between one gateway and its stores, or everywhere.
 */
import {execFileSync} from 'node:child_process';
import type {GatewayProcess} from '@madang/testkit/cluster-processes';
import type {Fault as ProxyFault, FaultProxy} from '@madang/testkit/fault-proxy';
import type {Fault} from './fault.ts';
import {findReason} from '../find-reason.ts';

const latencyMs = 150;
const sliceBytes = 7;
const lossShare = '0.05';

type Store = 'Redis' | 'Postgres';

export const networkFaults: Fault[] = (['Redis', 'Postgres'] as const).flatMap((store): Fault[] => [
  ...partition(store, 'blackhole', 'is silent'),
  ...partition(store, 'reset', 'refuses'),
  ...partition(store, 'mute', 'does not hear'),
  ...partition(store, 'deaf', 'is not heard'),
  shaped(store, 'is slow', (proxy) => {
    proxy.delay(latencyMs);
    return () => proxy.delay(0);
  }),
  shaped(store, 'comes in slices', (proxy) => {
    proxy.slice(sliceBytes);
    return () => proxy.slice(Infinity);
  }),
  {
    ...shaped(store, 'is torn mid-frame', (proxy) => {
      proxy.tear();
      return () => undefined;
    }),
    lastsMs: 1_000,
  },
  {
    kind: `${store} behind a lossy line`,
    on: 'a gateway',
    impossible: () => findReason(() => iptables('--list')),
    begin: ({gateway}) => {
      const {port} = proxyOf(gateway, store);
      const where = `OUTPUT --protocol tcp --out-interface lo --dport ${port}`;
      const what = `--match statistic --mode random --probability ${lossShare} --jump DROP`;
      const rule = `${where} ${what}`.split(' ');
      const undo = () => iptables('--delete', ...rule);
      iptables('--insert', ...rule);
      // The rule outlives this process, so it is removed even if the run is interrupted.
      process.once('exit', undo);
      return () => {
        process.off('exit', undo);
        undo();
      };
    },
  },
]);

function partition(store: Store, fault: ProxyFault, how: string): Fault[] {
  return [
    shaped(store, how, (proxy) => {
      proxy.set(fault);
      return () => proxy.set('pass');
    }),
  ];
}

function shaped(store: Store, how: string, act: (proxy: FaultProxy) => () => void): Fault {
  return {kind: `${store} ${how}`, on: 'a gateway', begin: ({gateway}) => act(proxyOf(gateway, store))};
}

function proxyOf({toRedis, toPostgres}: GatewayProcess, store: Store): FaultProxy {
  return (store === 'Redis' ? toRedis : toPostgres)!;
}

function iptables(...args: string[]): void {
  execFileSync('iptables', ['--wait', '5', ...args], {stdio: 'pipe'});
}
