/** The delivery probe of this node, connected to its broadcasts and to Postgres. */
import type {Database} from '@madang/database/connections/pool';
import {exchangeProbes, leaveProbes, mayStepAside, stepBack} from '@madang/database/delivery/node-probes';
import type {Logger} from '@madang/runtime/log';
import {Probe, type Canary} from './delivery/probe.ts';
import type {GatewayMetrics} from './metrics.ts';
import {createFigures} from './operator/figures.ts';

export type NodeProbeOptions = {
  nodeId: string;
  name: string;
  version: string;
  isReady(): boolean;
  db: Database;
  delivery: {sendCanary(canary: Canary): void; hearCanaries(listener: (canary: Canary) => void): void};
  metrics: GatewayMetrics;
  log: Logger;
};

export function createNodeProbe(options: NodeProbeOptions) {
  const {nodeId, name, version, isReady, db, delivery, metrics, log} = options;
  const probe = new Probe({
    nodeId,
    send: delivery.sendCanary,
    exchange: async ({id, report}) =>
      exchangeProbes(db, {id, report: {...report, figures: await figures.read()}}),
    mayStepAside: () => mayStepAside(db, nodeId),
    stepBack: () => stepBack(db, nodeId),
    metrics,
    log,
  });

  const figures = createFigures({
    name,
    version,
    metrics,
    isReady,
    failure: () => probe.failure,
    canaryMs: () => probe.echoMs,
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
