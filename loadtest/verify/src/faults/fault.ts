import type {GatewayProcess, ProcessCluster} from '@madang/testkit/cluster-processes';
import type {Product} from '../generator/product.ts';
import type {Random} from '../random.ts';

export type World = {cluster: ProcessCluster; product: Product; random: Random};

/** What a fault is done to. Two faults at once never share one, unless it is `clients`. */
export type Target = 'a gateway' | 'all gateways' | 'redis' | 'postgres' | 'balancer' | 'worker' | 'clients';

/** Undoes it, and resolves once the cluster has all it needs to recover. */
export type Heal = () => Promise<void> | void;

/** One kind of fault: a new one is an entry in a list. */
export type Fault = {
  kind: string;
  on: Target;
  /** What else is its own for as long as it lasts, by any name. */
  claims?: string[];
  /** It is done to its own clients alone: nobody else need notice, and nothing need recover. */
  isQuiet?: boolean;
  /** Why this machine cannot make it; then it is listed with the reason, and never counted. */
  impossible?: () => string | undefined;
  /** How long it lasts where its nature says so; else the plan does. */
  lastsMs?: number;
  begin(world: World & {gateway: GatewayProcess}): Promise<Heal> | Heal;
  /** What remains to be put in order when all serves again, before anything else is done to the target. */
  tidy?: (world: World) => Promise<void>;
};

/** What was done when. */
export type FaultRecord = {
  kind: string;
  target: string;
  startedAt: number;
  healedAt: number;
  isQuiet?: boolean;
};
