/** Runs every query of the dashboard and of the alerts in a real Prometheus while people talk. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {findFreePort} from '@madang/processes/free-port';
import {waitFor} from '@madang/testkit/wait-for';
import type {Stack} from './compose-stack.ts';
import {expect, root, run, say, step} from './steps.ts';
import {startTalk} from './talk.ts';

type Panel = {title: string; targets?: {expr: string}[]};
type Answer = {status: string; error?: string; data: {result: unknown[]}};

/** Not up by `up prometheus`, so that a machine without its image can run the rest; see docs/runbooks/disk.md. */
const ofTheHost = /node_filesystem/;

export async function checkObservability(stack: Stack, url: string): Promise<void> {
  await step('promtool accepts the configuration and the alerts do what alerts.test.yml says', async () => {
    const promtool = [
      'run',
      '--rm',
      '-w',
      '/etc/prometheus',
      '-v',
      `${root}/infra/prometheus:/etc/prometheus:ro`,
    ];
    const image = [...promtool, '--entrypoint', 'promtool', 'prom/prometheus:v3.5.0'];
    await stack.docker(...image, 'check', 'config', 'prometheus.yml');
    await stack.docker(...image, 'test', 'rules', 'alerts.test.yml');
  });
  const port = String(await findFreePort());
  const hasExporter = await stack.docker('image', 'inspect', 'prom/node-exporter:v1.9.1').then(
    () => true,
    () => false,
  );
  if (!hasExporter) say('      prom/node-exporter is not installed: the disk queries are skipped');
  const services = hasExporter ? ['prometheus', 'node-exporter'] : ['prometheus'];
  await run('infra/docker/compose', ['--profile', 'observability', 'up', '-d', '--no-deps', ...services], {
    ...stack.env,
    PROMETHEUS_PORT: port,
  });
  const ask = async (expr: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const {status, error, data} = (await answer.json()) as Answer;
    expect(status === 'success', `${expr}: ${error}`);
    return data.result.length;
  };
  const talk = await startTalk(url);
  const dashboard = JSON.parse(readFileSync(join(root, 'infra/grafana/dashboards/madang.json'), 'utf8')) as {
    panels: Panel[];
  };
  const queries = dashboard.panels
    .flatMap(({title, targets = []}) => targets.map(({expr}) => ({title, expr})))
    .filter(({expr}) => hasExporter || !ofTheHost.test(expr));
  await step(
    'every query of the dashboard returns data',
    async () => {
      for (const {title, expr} of queries) {
        await waitFor(() => ask(expr).then((count) => count > 0), {
          timeoutMs: 60_000,
          what: `data for "${title}": ${expr}`,
          everyMs: 1_000,
        });
      }
    },
    () => `${queries.length} queries`,
  );
  await step('no alert fires, and every rule is evaluated', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/rules`);
    const {data} = (await answer.json()) as {
      data: {groups: {rules: {name: string; state: string; health: string}[]}[]};
    };
    const rules = data.groups.flatMap((group) => group.rules);
    const wrong = rules.filter(({state, health}) => health !== 'ok' || state === 'firing');
    expect(rules.length > 5 && wrong.length === 0, JSON.stringify(wrong));
  });
  const faults = await talk.finish();
  expect(faults.length === 0, faults.join('\n'));
}
