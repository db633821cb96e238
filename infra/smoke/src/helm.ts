/** infra/helm/smoke: runs the chart on a real Kubernetes, from an empty namespace to an empty one, under a real load. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as breathe} from 'node:timers/promises';
import {waitFor} from '@madang/testkit/wait-for';
import {talkAcross} from './docker-outside.ts';
import {underTalk} from './docker-restarts.ts';
import {buildNewer} from './docker-upgrade.ts';
import {startLoad} from './load.ts';
import {expect, run, say, step} from './steps.ts';
import {startTalk} from './talk.ts';

const namespace = 'madang-smoke';
const release = 'madang';
const chart = 'infra/helm/madang';
const [image, newer] = ['madang:smoke', 'madang:smoke-newer'];
/** Copies images to the nodes. A cluster with a registry needs `docker push` here. */
const loadImages = (process.env.LOAD_IMAGES ?? '').split(' ').filter(Boolean);
const url = process.env.NODE_URL ?? 'http://127.0.0.1:30080';
const deployment = `deployment/${release}-gateway`;

const kubectl = (...args: string[]) => run('kubectl', ['--namespace', namespace, ...args]);
const helm = (...args: string[]) => run('helm', [...args, '--namespace', namespace]);
const chartWith = (tag: string) => [chart, '-f', `${chart}/values-dev.yaml`, '--set', `image.tag=${tag}`];
const rolledOut = () => kubectl('rollout', 'status', deployment, '--timeout', '180s');
const gatewayPods = async () =>
  (await kubectl('get', 'pods', '-l', 'app.kubernetes.io/component=gateway', '-o', 'name')).split('\n');

let isFailed = false;
try {
  await step('build and load the images', loadAll);
  await step('a namespace that enforces the restricted Pod Security level', prepareNamespace);
  await step('helm lint', () => helm('lint', chart, '-f', `${chart}/values-dev.yaml`));
  await step('every object is accepted by the server', dryRun, (sets) => sets.join(', '));
  await step('helm install', async () => {
    await helm('install', release, ...chartWith('smoke'), '--wait', '--timeout', '5m');
    await reachable();
  });
  await step('two users on different pods talk through the NodePort', () => talkAcross(url), String);
  await disturb();
  await step('backup and restore', backupAndRestore);
} catch (error) {
  isFailed = true;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write(
    `${await kubectl('get', 'pods,events', '--sort-by=.metadata.creationTimestamp').catch(String)}\n`,
  );
} finally {
  await step('helm uninstall leaves nothing', uninstall);
}
say(isFailed ? 'smoke failed' : 'smoke passed');
process.exit(isFailed ? 1 : 0);

async function loadAll(): Promise<void> {
  await run('docker', ['build', '-q', '-f', 'infra/docker/Dockerfile', '-t', image, '.']);
  await buildNewer(image, newer);
  const [command, ...args] = loadImages;
  if (command) await run(command, [...args, image, newer, 'postgres:17-bookworm', 'redis:7.4-bookworm']);
}

async function prepareNamespace(): Promise<void> {
  await run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found', '--timeout', '120s']);
  await run('kubectl', ['create', 'namespace', namespace]);
  await run('kubectl', ['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
}

/** Leaves out what a cluster without the Gateway API or the Prometheus Operator does not know. */
async function dryRun(): Promise<string[]> {
  const known = await run('kubectl', ['api-resources', '--no-headers', '-o', 'name']);
  const sets = ['dev', 'production', 'gateway-api'];
  for (const set of sets) {
    const file = `infra/helm/golden/${set}.yaml`;
    const others = ['httproutes.gateway', 'servicemonitors.monitoring', 'prometheusrules.monitoring'].filter(
      (name) => !known.includes(name),
    );
    const rendered = await run('cat', [file]);
    const documents = rendered
      .split(/^---$/m)
      .filter((text) => /^kind:/m.test(text))
      .filter((text) => !others.some((name) => text.toLowerCase().includes(`kind: ${name.split('s.')[0]}\n`)))
      .map((text) => text.replaceAll('namespace: chat', `namespace: ${namespace}`));
    expect(documents.length >= 10, `${file} has only ${documents.length} objects`);
    await run('sh', [
      '-c',
      'printf "%s" "$1" | kubectl apply --dry-run=server -n "$2" -f -',
      'sh',
      documents.join('---\n'),
      namespace,
    ]);
  }
  return sets;
}

async function reachable(): Promise<void> {
  await waitFor(() => fetch(`${url}/readyz`).then(({ok}) => ok), {
    timeoutMs: 60_000,
    what: `${url} to answer`,
  });
}

async function disturb(): Promise<void> {
  const talk = await step('twenty guests in five rooms talk', () => startTalk(url));
  const addKey = (service: string) =>
    kubectl('exec', `deployment/${release}-admin`, '--', 'madang', 'key', 'add', service);
  const load = await startLoad({url, duration: '4m', addKey});
  const everyone = () =>
    waitFor(() => talk.clients.every(({status}) => status === 'online'), {
      timeoutMs: 30_000,
      what: 'everyone to be served again',
    });
  await underTalk(talk, 'scale gateways 2 to 4', async () => {
    await kubectl('scale', deployment, '--replicas=4');
    await rolledOut();
  });
  await underTalk(talk, 'delete a pod with grace', async () => {
    await kubectl('delete', (await gatewayPods())[0]!, '--wait=true');
    await rolledOut();
  });
  await underTalk(talk, 'delete a pod without grace', async () => {
    await kubectl('delete', (await gatewayPods())[0]!, '--grace-period=0', '--force');
    await everyone();
    await rolledOut();
  });
  await underTalk(talk, 'kubectl rollout restart', async () => {
    await kubectl('rollout', 'restart', deployment);
    await rolledOut();
  });
  await underTalk(talk, 'helm upgrade to a newer image with a migration', async () => {
    await helm('upgrade', release, ...chartWith('smoke-newer'), '--wait', '--timeout', '5m');
  });
  await underTalk(talk, 'helm rollback', async () => {
    await helm('rollback', release, '1', '--wait', '--timeout', '5m');
  });
  await breathe(1_000);
  await step(
    'nothing acknowledged was lost, doubled or out of order, and nobody was signed out',
    async () => {
      const faults = await talk.finish();
      expect(faults.length === 0, faults.join('\n'));
      return talk.acknowledged();
    },
    (count) => `${count} messages`,
  );
  await load.finish();
}

async function backupAndRestore(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'madang-smoke-'));
  const at = ['--kubernetes', namespace, release, join(dir, 'madang.dump')];
  try {
    await run('infra/postgres/backup', at);
    await run('infra/postgres/restore', at);
    await reachable();
    await talkAcross(url);
  } finally {
    rmSync(dir, {recursive: true});
  }
}

async function uninstall(): Promise<void> {
  await helm('uninstall', release, '--wait', '--timeout', '3m', '--ignore-not-found');
  const kinds = 'all,secrets,configmaps,networkpolicies,ingresses,poddisruptionbudgets,pvc,cronjobs,jobs';
  const left = await waitFor(
    async () => {
      const found = await kubectl('get', kinds, '-l', `app.kubernetes.io/instance=${release}`, '-o', 'name');
      return found === '' ? 'nothing' : undefined;
    },
    {timeoutMs: 60_000, what: 'everything to be gone', everyMs: 500},
  );
  expect(left === 'nothing', left);
  await run('kubectl', ['delete', 'namespace', namespace, '--timeout', '120s']);
}
