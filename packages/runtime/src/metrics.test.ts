import {expect, onTestFinished, test} from 'vitest';
import {Counter, createMetrics, serveMetrics} from './metrics.ts';

test('serves the metrics it was given and those of Node', async () => {
  const metrics = createMetrics({node: 'a'});
  new Counter({name: 'madang_things_total', help: 'Things.', registers: [metrics]}).inc(3);
  const server = await serveMetrics(metrics, {host: '127.0.0.1', port: 0});
  onTestFinished(() => server.close());

  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();

  expect(text).toContain('madang_things_total{node="a"} 3');
  expect(text).toContain('nodejs_eventloop_lag_seconds');
});

test('is alive even when it is not ready', async () => {
  let isReady = false;
  const server = await serveMetrics(createMetrics(), {host: '127.0.0.1', port: 0, isReady: () => isReady});
  onTestFinished(() => server.close());
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).status;

  expect([await statusOf('/livez'), await statusOf('/readyz'), await statusOf('/other')]).toEqual([
    200, 503, 404,
  ]);
  isReady = true;
  expect(await statusOf('/readyz')).toBe(200);
});
