/** The delivery probe of this node, connected to its broadcasts and to Postgres. */
import type {Database} from '@madang/database/connections/pool';
import {exchangeProbes, leaveProbes, mayStepAside, stepBack} from '@madang/database/delivery/node-probes';
import type {Logger} from '@madang/runtime/log';
import {Probe, type Canary} from './delivery/probe.ts';
import type {GatewayMetrics} from './metrics.ts';

export type NodeProbeOptions = {
  nodeId: string;
  db: Database;
  delivery: {sendCanary(canary: Canary): void; hearCanaries(listener: (canary: Canary) => void): void};
  metrics: GatewayMetrics;
  log: Logger;
};

export function createNodeProbe({nodeId, db, delivery, metrics, log}: NodeProbeOptions) {
  const probe = new Probe({
    nodeId,
    send: delivery.sendCanary,
    exchange: (own) => exchangeProbes(db, own),
    mayStepAside: () => mayStepAside(db, nodeId),
    stepBack: () => stepBack(db, nodeId),
    metrics,
    log,
  });

  return {
    hasFailed: () => probe.failure !== undefined,
    start(): void {
      delivery.hearCanaries((canary) => probe.receive(canary));
      probe.start();
    },
    async close(): Promise<void> {
      await probe.close();
      await leaveProbes(db, nodeId).catch((error: unknown) => {
        log.debug({err: error}, 'the report of the probe expires by itself');
      });
    },
  };
}
