import {Worker} from 'node:worker_threads';
import {collectDefaultMetrics, Registry} from 'prom-client';
import type {Answer, Listening, PageAnswer, PageRequest, Question} from './health-thread.ts';
import {explainListening} from './listening.ts';

export {Counter, Gauge, Histogram, Registry} from 'prom-client';

/**
 * Creates a registry with Node's own metrics (memory, event-loop delay, garbage collection). Register all our metrics in
 * it.
 */
export function createMetrics(labels: Record<string, string> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({register: registry});
  return registry;
}

/** Answers requests below a path of the metrics port. */
export type Pages = (request: PageRequest) => Promise<PageAnswer>;

export type MetricsServer = {port: number; close(): Promise<void>};

export type HealthOptions = {
  host: string;
  port: number;
  isReady?: () => boolean;
  /** What `/readyz` says of Redis, also while the process is ready: it serves without Redis. */
  faults?: () => string[];
  /** Further pages, below a path such as `/operator`. */
  pages?: {below: string; answer: Pages} | undefined;
};

/**
 * Serves `/metrics`, `/livez` and `/readyz` on a port that no client reaches. A separate thread serves them, so that nobody
 * considers a busy process dead.
 *
 * `/livez` says only that the event loop turns. If it failed for an absent dependency, the orchestrator would restart every
 * process at once. When the event loop has stood still for 20 s, nothing is answered.
 */
export async function serveMetrics(
  registry: Registry,
  {host, port, isReady = () => true, faults = () => [], pages}: HealthOptions,
): Promise<MetricsServer> {
  const thread = new Worker(new URL('./health-thread.ts', import.meta.url), {
    workerData: {host, port, pagesBelow: pages?.below},
  });
  const listening = new Promise<Listening>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', (error) => reject(explainListening(error, {host, port, prefix: 'METRICS_'})));
  });
  const {port: actualPort} = await listening;
  thread.on('message', ({no, isMetrics, page}: Question) => {
    const answer = (more: Pick<Answer, 'metrics' | 'page' | 'error'> = {}) =>
      thread.postMessage({no, isReady: isReady(), faults: faults(), ...more} satisfies Answer);
    if (page) {
      pages!.answer(page).then(
        (answered) => answer({page: answered}),
        () => answer({error: 'The page failed.'}),
      );
      return;
    }
    if (!isMetrics) return answer();
    registry.metrics().then(
      (text) => answer({metrics: {type: registry.contentType, text}}),
      (error: unknown) => answer({error: String(error)}),
    );
  });

  return {
    port: actualPort,
    close: async () => void (await thread.terminate()),
  };
}
