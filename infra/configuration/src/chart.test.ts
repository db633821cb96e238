import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {schema} from '@madang/gateway/config';
import {readEnv} from '@madang/runtime/env';
import {expect, onTestFinished, test} from 'vitest';
import {listVariables} from './variables.ts';

const helm = fileURLToPath(new URL('../../helm', import.meta.url));
const golden = join(helm, 'golden');
const renders = readdirSync(golden).filter((name) => !name.endsWith('.values.yaml'));
const read = (name: string) => readFileSync(join(golden, name), 'utf8');
/** The values without which a gateway cannot start. */
const required = {DATABASE_URL: 'postgres://db', REDIS_URL: 'redis://redis', SESSION_SECRET: 's'.repeat(32)};
const hasHelm = spawnSync('helm', ['version']).status === 0;
if (!hasHelm) process.stderr.write('helm is not installed: the chart is not rendered or compared\n');

test.runIf(hasHelm)('the chart renders what infra/helm/golden has (infra/helm/render)', () => {
  const out = mkdtempSync(join(tmpdir(), 'madang-chart-'));
  onTestFinished(() => rmSync(out, {recursive: true}));

  execFileSync(join(helm, 'render'), [out]);

  for (const name of renders) expect(readFileSync(join(out, name), 'utf8')).toBe(read(name));
});

test.runIf(hasHelm)('the chart refuses a value it does not know, and one that cannot be', () => {
  const refused = (...values: string[]) => {
    const args = ['template', 'madang', join(helm, 'madang'), '--kube-version', '1.34.0'];
    const dev = ['-f', join(golden, 'dev.values.yaml'), ...values.flatMap((value) => ['--set', value])];
    return spawnSync('helm', [...args, ...dev], {encoding: 'utf8'}).stderr;
  };

  expect(refused('gatewy.replicas=3')).toContain("additional properties 'gatewy' not allowed");
  expect(refused('gateway.replicas=0')).toContain('minimum');
  expect(refused('secrets.sessionSecret=short')).toContain('sessionSecret');
  expect(refused('secrets.webhookSecret=short')).toContain('webhookSecret');
});

test.runIf(hasHelm)('the chart trusts a proxy only where it puts one in front of the gateways', () => {
  const rendered = (...values: string[]) => {
    const args = ['template', 'madang', join(helm, 'madang'), '--kube-version', '1.34.0'];
    const dev = ['-f', join(golden, 'dev.values.yaml'), ...values.flatMap((value) => ['--set', value])];
    const {stdout, stderr} = spawnSync('helm', [...args, ...dev], {encoding: 'utf8'});
    return /name: TRUST_PROXY, value: "(.*?)"/.exec(stdout)?.[1] ?? stderr;
  };
  const ingress = ['ingress.enabled=true', 'ingress.hosts={chat.example}'];
  const inside = 'gateway.service.type=ClusterIP';

  expect(rendered()).toBe('0');
  expect(rendered(inside)).toBe('0');
  expect(rendered(inside, ...ingress)).toBe('1');
  expect(rendered(...ingress)).toContain('give the addresses of the proxy');
  expect(rendered(...ingress, 'gateway.trustProxy=10.244.0.0/16')).toBe('10.244.0.0/16');
});

test('every pod of the chart is fit for the restricted Pod Security level', () => {
  for (const text of renders.flatMap((name) => read(name).split(/^---$/m))) {
    const containers = text.match(/^\s+(- )?image: /gm)?.length ?? 0;
    if (containers === 0) continue;
    expect(text.match(/allowPrivilegeEscalation: false/g)).toHaveLength(containers);
    expect(text.match(/readOnlyRootFilesystem: true/g)).toHaveLength(containers);
    expect(text.match(/capabilities: \{drop: \[ALL\]\}/g)).toHaveLength(containers);
    expect(text).toMatch(/runAsNonRoot: true[\s\S]*seccompProfile: \{type: RuntimeDefault\}/);
    expect(text).toContain('automountServiceAccountToken: false');
  }
});

test('the chart sets no variable that no process reads', () => {
  const known = [
    ...listVariables().map(({name}) => name),
    'SERVICE',
    'POSTGRES_USER',
    'POSTGRES_DB',
    'PGDATA',
  ];
  const set = renders.flatMap((name) =>
    [...read(name).matchAll(/- (?:\{name: ([A-Z_]+), value|name: ([A-Z_]+)$)/gm)].map(([, a, b]) => a ?? b),
  );

  expect(set.length).toBeGreaterThan(20);
  expect(set.filter((name) => !known.includes(name!))).toEqual([]);
});

test('the secret of webhooks comes to all who sign from the chart’s Secret, and may be missing there', () => {
  const of = (name: string) =>
    read(name).match(/name: WEBHOOK_SECRET\n.*key: WEBHOOK_SECRET, optional: true/g);

  for (const name of renders) expect([name, of(name)?.length]).toEqual([name, 3]);
  expect(read('gateway-api.yaml')).toContain('WEBHOOK_SECRET: "a-webhook-secret');
});

test('all processes have the address of Postgres without a pooler and its password, which may be missing', () => {
  for (const variable of ['DATABASE_DIRECT_URL', 'DATABASE_PASSWORD'])
    for (const name of renders) {
      const text = read(name);
      const has = (key: string, more = '') =>
        text.match(new RegExp(`name: ${key}\\n.*key: ${key}${more}\\}`, 'g'))?.length;

      expect([name, variable, has(variable, ', optional: true')]).toEqual([
        name,
        variable,
        has('DATABASE_URL'),
      ]);
    }
});

test.runIf(hasHelm)(
  'the chart leads all processes through a pooler, and to a password that may be rotated',
  () => {
    const args = ['template', 'madang', join(helm, 'madang'), '--kube-version', '1.34.0'];
    const values = ['-f', join(golden, 'gateway-api.values.yaml')];
    const given = [
      'postgresEnv.DATABASE_POOLER=transaction',
      'secrets.databaseDirectUrl=postgres://madang@db',
      'databasePasswordSecret=rotated',
    ];
    const {stdout, stderr} = spawnSync(
      'helm',
      [...args, ...values, ...given.flatMap((value) => ['--set', value])],
      {encoding: 'utf8'},
    );
    const count = (text: string) => stdout.split(text).length - 1;
    const processes = count('- name: DATABASE_URL');

    expect(stdout, stderr).toContain('DATABASE_DIRECT_URL: "postgres://madang@db"');
    expect(processes).toBeGreaterThan(3);
    expect(count('{name: DATABASE_POOLER, value: "transaction"}')).toBe(processes);
    expect(count('{name: DATABASE_PASSWORD_FILE, value: "/run/madang/database/password"}')).toBe(processes);
    expect(count('mountPath: /run/madang/database,')).toBe(processes);
    expect(count('secretName: rotated')).toBe(processes);
  },
);

test('probes ask the thread that answers them, however busy the gateway is', () => {
  const probes = renders.flatMap((name) => [
    ...read(name).matchAll(/httpGet: \{path: (\S+), port: (\S+)\}/g),
  ]);

  expect(probes.map(([, path]) => path)).toContain('/readyz');
  expect(probes.filter(([, , port]) => port !== 'metrics').map(([probe]) => probe)).toEqual([]);
});

test('the names that the chart reserves are those of its value, as the gateway reads them', () => {
  const [, reserved] = /name: RESERVED_NAMES, value: "(.*)"\}/.exec(read('production.yaml')) ?? [];
  const env = {...required, RESERVED_NAMES: reserved!};

  expect(readEnv(schema, env)).toMatchObject({config: {RESERVED_NAMES: ['Admin', 'Chat Company', '관리자']}});
  for (const name of ['dev.yaml', 'gateway-api.yaml']) expect(read(name)).not.toContain('RESERVED_NAMES');
});
