import {spawn} from 'node:child_process';
import {once} from 'node:events';
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

test('says beside its readiness what is wrong with Redis, without being less ready', async () => {
  const faults = ['sessions READONLY'];
  const server = await serveMetrics(createMetrics(), {host: '127.0.0.1', port: 0, faults: () => faults});
  onTestFinished(() => server.close());
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/readyz`);
    return [answer.status, await answer.text()];
  };

  expect(await ask()).toEqual([200, 'ready\nredis: sessions READONLY\n']);
  faults.length = 0;
  expect(await ask()).toEqual([200, 'ready\n']);
});

test('a process whose event loop is busy is alive and ready all the same', async () => {
  const server = await serveMetrics(createMetrics(), {host: '127.0.0.1', port: 0});
  onTestFinished(() => server.close());
  const url = `http://127.0.0.1:${server.port}`;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const asking = `
    process.stdout.write('.');
    const answers = [];
    for (const path of ['/livez', '/readyz']) {
      const {status} = await fetch('${url}' + path);
      answers.push({status, at: Date.now()});
    }
    process.stdout.write(JSON.stringify(answers));`;
  const asker = spawn(process.execPath, ['--input-type=module', '-e', asking]);
  let said = '';
  asker.stdout.on('data', (chunk) => (said += String(chunk)));
  await once(asker.stdout, 'data');
  const ended = once(asker, 'close');

  // This thread is blocked in the meantime.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_500);
  const freeAt = Date.now();
  await ended;

  const answers = JSON.parse(said.slice(1)) as {status: number; at: number}[];
  expect(answers.map(({status, at}) => ({status, isMeanwhile: at < freeAt}))).toEqual([
    {status: 200, isMeanwhile: true},
    {status: 200, isMeanwhile: true},
  ]);
}, 30_000);
