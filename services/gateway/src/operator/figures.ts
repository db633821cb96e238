/** This node's own figures, for the operators' page. They come from its metrics, so that both say the same. */
import type {NodeFigures} from '@madang/database/operator/status';
import type {Counter, Gauge} from '@madang/runtime/metrics';
import type {GatewayMetrics} from '../metrics.ts';

export type FiguresOptions = {
  name: string;
  version: string;
  metrics: GatewayMetrics;
  isReady(): boolean;
  failure(): string | undefined;
  canaryMs(): number | undefined;
  now?: () => number;
};

type Errors = Map<string, {count: number; lastAt: string}>;
type Totals = {calls: number; sends: number; frames: number};

/** Outcomes that are no error, and those that an honest client gets every day. */
const expected = new Set(['ok', 'unauthenticated', 'not_found', 'wrong_password', 'conflict']);

export function createFigures({
  name,
  version,
  metrics,
  now = () => performance.now(),
  ...node
}: FiguresOptions) {
  const startedAt = new Date().toISOString();
  const errors: Errors = new Map();
  let before: {at: number; totals: Totals} | undefined;

  return {
    /** Reads the metrics; rates are those since the last call. */
    async read(): Promise<NodeFigures> {
      const at = now();
      const totals = {
        calls: await sumOf(metrics.operations),
        sends: await sumOf(metrics.sends),
        frames: await sumOf(metrics.framesDelivered),
      };
      const seconds = before ? (at - before.at) / 1_000 : 0;
      const rate = (key: keyof Totals) =>
        before && seconds > 0 ? Math.round((totals[key] - before.totals[key]) / seconds) : 0;
      const rates = {
        callsPerSecond: rate('calls'),
        sendsPerSecond: rate('sends'),
        framesPerSecond: rate('frames'),
      };
      before = {at, totals};
      await noteErrors(errors, metrics);
      const [failure, canaryMs] = [node.failure(), node.canaryMs()];
      return {
        name,
        version,
        startedAt,
        ready: node.isReady(),
        ...(failure !== undefined && {failure}),
        connections: await sumOf(metrics.connections),
        rooms: await sumOf(metrics.roomsHosted),
        ...rates,
        ...(canaryMs !== undefined && {canaryMs}),
        pulseAgeMs: Math.round((await sumOf(metrics.pulseAgeSeconds)) * 1_000),
        memoryBytes: process.memoryUsage.rss(),
        redisUp: (await sumOf(metrics.redisUp)) === 1,
        postgresUp: (await sumOf(metrics.postgresUp)) === 1,
        errors: [...errors]
          .map(([code, each]) => ({code, ...each}))
          .toSorted((a, b) => (a.lastAt < b.lastAt ? 1 : -1)),
      };
    },
  };
}

async function sumOf(metric: Pick<Counter | Gauge, 'get'>): Promise<number> {
  const {values} = await metric.get();
  return values.reduce((sum, {value}) => sum + value, 0);
}

async function noteErrors(errors: Errors, {operations, handshakesRefused}: GatewayMetrics): Promise<void> {
  const counts = new Map<string, number>();
  const add = (code: unknown, value: number) =>
    counts.set(String(code), (counts.get(String(code)) ?? 0) + value);
  for (const {labels, value} of (await operations.get()).values) add(labels['outcome'], value);
  for (const {labels, value} of (await handshakesRefused.get()).values) add(labels['code'], value);
  for (const [code, count] of counts) {
    const isNew = count > (errors.get(code)?.count ?? 0);
    if (isNew && !expected.has(code)) errors.set(code, {count, lastAt: new Date().toISOString()});
  }
}
