import {existsSync, globSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const alerts = read('infra/prometheus/alerts.yml');
const dashboard = read('infra/grafana/dashboards/madang.json');
const names = [...alerts.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);

test('every alert waits before it fires, has a runbook that names it, and is tested', () => {
  const blocks = alerts.split('- alert: ').slice(1);

  expect(names.length).toBeGreaterThan(8);
  for (const block of blocks) {
    const [name = ''] = block.split('\n');
    const [, runbook = ''] = /runbook: (\S+)/.exec(block) ?? [];
    expect(block, name).toMatch(/^ +for: /m);
    expect(existsSync(`${root}/${runbook}`), `${name}: ${runbook}`).toBe(true);
    expect(read(runbook)).toContain(`\`${name}\``);
    expect(read('infra/prometheus/alerts.test.yml')).toContain(`alertname: ${name}`);
  }
});

test('alerts, dashboard and runbooks name no metric that no process has', () => {
  const sources = globSync(['services/*/src/**/*.ts', 'packages/*/src/**/*.ts'], {cwd: root}).map(read);
  const has = (name: string) => {
    const own = name
      .replace(/^madang_/, '')
      .replace(/_(bucket|count|sum)$/, '')
      .replace(/_total$/, '');
    return sources.some((text) => text.includes(`'${own}'`) || text.includes(`'madang_${own}`));
  };
  const runbooks = globSync('docs/runbooks/*.md', {cwd: root}).map(read);
  const used = [alerts, dashboard, ...runbooks].flatMap((text) => text.match(/\bmadang_\w+/g) ?? []);

  expect(new Set(used).size).toBeGreaterThan(15);
  expect([...new Set(used)].filter((name) => !has(name))).toEqual([]);
});
