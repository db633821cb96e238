import {execFileSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {findProgram} from './install.ts';

// The lines that docker-compose.yml enables in the single configuration; infra/docker/smoke shows what they do.

const FILE = fileURLToPath(new URL('../../../infra/haproxy/haproxy.cfg', import.meta.url));

test('HAProxy takes the configuration of docker compose', () => {
  const env = {BIND: ':8080', METRICS_BIND: ':8405', GATEWAYS: 'gateway:3000'};

  const said = execFileSync(findProgram('haproxy') ?? 'haproxy', ['-c', '-f', FILE], {env, encoding: 'utf8'});

  expect(said).toContain('Configuration file is valid');
});
