/** What the operations on messages need from the node. */
import type {Appender} from '@madang/database/messages/append';
import type {Database} from '@madang/database/connections/pool';
import type {CrashPoint} from '@madang/runtime/crash-point';
import type {Logger} from '@madang/runtime/log';
import type {Broadcast} from '../broadcast.ts';
import type {GatewayMetrics} from '../metrics.ts';
import type {Usage} from '../usage.ts';

export type MessagesNeeds = {
  db: Database;
  /** Separate connections for statements that are slow because they are large. */
  filesDb: Database;
  appender: Pick<Appender, 'append'>;
  broadcast: Pick<Broadcast, 'frame' | 'catchUp'>;
  crashPoint: CrashPoint;
  metrics: Pick<GatewayMetrics, 'sends'>;
  usage: Pick<Usage, 'stored'>;
  log: Logger;
};
