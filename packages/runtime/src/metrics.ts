import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {collectDefaultMetrics, Registry} from 'prom-client';

export {Counter, Gauge, Histogram, Registry} from 'prom-client';

/** A registry with Node's own figures (memory, event-loop delay, garbage collection); give every metric of ours to it. */
export function createMetrics(labels: Record<string, string> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({register: registry});
  return registry;
}

export type MetricsServer = {port: number; close(): Promise<void>};

/**
 * Serves `/metrics`, `/livez` and `/readyz` on a port of their own, which no balancer leads to.
 *
 * `/livez` says that the event loop turns and nothing more: failing it for an absent dependency would make the
 * orchestrator restart every process at once.
 */
export async function serveMetrics(
  registry: Registry,
  {host, port, isReady = () => true}: {host: string; port: number; isReady?: () => boolean},
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/livez') return void response.writeHead(200).end('live\n');
    if (path === '/readyz') {
      return void (isReady()
        ? response.writeHead(200).end('ready\n')
        : response.writeHead(503).end('not ready\n'));
    }
    if (path !== '/metrics') return void response.writeHead(404).end();
    return void registry.metrics().then(
      (text) => response.writeHead(200, {'content-type': registry.contentType}).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      // A scraper keeps its connection open between scrapes, which would hold up the close.
      server.closeAllConnections();
      await closed;
    },
  };
}
