import type {GatewayProcess, ProcessCluster} from '@madang/testkit/cluster-processes';
import type {Product} from '../generator/product.ts';
import type {Random} from '../random.ts';

export type World = {cluster: ProcessCluster; product: Product; random: Random};

/** The target of a fault. Two faults at the same time never share one, unless it is `clients`. */
export type Target = 'a gateway' | 'all gateways' | 'redis' | 'postgres' | 'balancer' | 'worker' | 'clients';

/** Undoes the fault. Resolves once the cluster has everything that it needs to recover. */
export type Heal = () => Promise<void> | void;

/** One kind of fault. To add one, add an entry to a list. */
export type Fault = {
  kind: string;
  on: Target;
  /** Other resources that it alone may use while it lasts, under any name. */
  claims?: string[];
  /** True if it affects only its own clients: nobody else need notice, and nothing need recover. */
  isQuiet?: boolean;
  /** Why this machine cannot make it. It is then listed with the reason, and never counted. */
  impossible?: () => string | undefined;
  /** The Redis that it needs, if it is a fault of one; a single server unless said. */
  redis?: 'named' | 'sentinels' | 'cluster';
  /** How long it lasts, if its nature decides that; otherwise the plan does. */
  lastsMs?: number;
  begin(world: World & {gateway: GatewayProcess}): Promise<Heal> | Heal;
  /** Work that remains when everything serves again. It is done before the next fault on the same target. */
  tidy?: (world: World) => Promise<void>;
};

/** When a fault was done, and to which target. */
export type FaultRecord = {
  kind: string;
  target: string;
  startedAt: number;
  healedAt: number;
  isQuiet?: boolean;
};
