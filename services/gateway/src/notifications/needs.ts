/** What the operations on notifications need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {CrashPoint} from '@madang/runtime/crash-point';
import type {Broadcast} from '../broadcast.ts';
import type {GatewayMetrics} from '../metrics.ts';

export type NotificationsNeeds = {
  db: Database;
  broadcast: Pick<Broadcast, 'signal'>;
  crashPoint: CrashPoint;
  metrics: Pick<GatewayMetrics, 'notifications'>;
};
