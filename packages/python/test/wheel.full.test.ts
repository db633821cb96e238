// Follows an integrator: the wheel in an empty environment, the README's programs unchanged, and every call, on a cluster.
import {generateKeyPairSync} from 'node:crypto';
import {execFile, spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {findFreePort} from '@madang/processes/free-port';
import {findProgram, installMissing} from '@madang/processes/install';
import {scopes} from '@madang/protocol/keys';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {silent} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, onTestFinished, test, vi} from 'vitest';
import {createServer} from '../../server/src/server.ts';

const run = promisify(execFile);
const packageFolder = join(import.meta.dirname, '..');
let folder: string;
let cluster: ProcessCluster;
let env: NodeJS.ProcessEnv;
/** The programs of the README, in their order. */
let programs: string[];

beforeAll(async () => {
  const clusterEnv = {
    WEBHOOK_SECRET: 'a secret of the tests that is long enough',
    OUTBOUND_ALLOW: '127.0.0.0/8',
  };
  [folder, cluster] = await Promise.all([
    installInEmptyFolder(),
    startCluster({gateways: 1, worker: true, env: clusterEnv}),
  ]);
  const {PATH, HOME} = process.env;
  env = {PATH, HOME, MADANG_URL: cluster.gateways[0]!.url, MADANG_KEY: await addKey(cluster.databaseUrl)};
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  programs = [...readme.matchAll(/```python\n([\s\S]*?)```/g)].map(([, program]) => program!);
}, 300_000);
afterAll(async () => {
  await cluster?.stop();
  await rm(folder, {recursive: true, force: true});
});

async function installInEmptyFolder(): Promise<string> {
  installMissing(['python3'], (line) => void process.stdout.write(`${line}\n`));
  const empty = await mkdtemp(join(tmpdir(), 'madang-wheel-'));
  await run(findProgram('python3')!, ['-m', 'venv', join(empty, 'env')]);
  const pip = (...args: string[]) =>
    run(join(empty, 'env/bin/pip'), ['--disable-pip-version-check', ...args], {cwd: empty});
  await pip('wheel', '--quiet', '--no-deps', '--wheel-dir', join(empty, 'wheels'), packageFolder);
  const [wheel] = await readdir(join(empty, 'wheels'));
  await pip('install', '--quiet', `${join(empty, 'wheels', wheel!)}[jwt]`);
  return empty;
}

async function addKey(url: string): Promise<string> {
  const db = createDatabase({url, log: silent, applicationName: 'test', deadlineMs: 20_000});
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  const {key} = await addApiKey(db, {tenantId, service: 'shop', scopes});
  await setPolicy(db, {tenantId, policy: {...presetPolicy('community'), eventDays: 7}, changes: []});
  await db.close();
  return key;
}

async function python(name: string, program: string, more: NodeJS.ProcessEnv = {}): Promise<string> {
  await writeFile(join(folder, name), program);
  const {stdout} = await run(join(folder, 'env/bin/python'), ['-W', 'error', name], {
    cwd: folder,
    env: {...env, ...more},
  });
  return stdout;
}

/** Starts a program that does not end by itself, and collects its output. */
async function startPython(
  name: string,
  program: string,
  more: NodeJS.ProcessEnv = {},
): Promise<() => string> {
  await writeFile(join(folder, name), program);
  const child: ChildProcess = spawn(join(folder, 'env/bin/python'), [name], {
    cwd: folder,
    env: {...env, ...more},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, 'exit');
  });
  let printed = '';
  child.stdout!.on('data', (part: Buffer) => (printed += part.toString()));
  return () => printed;
}

const patience = {timeoutMs: 60_000};
vi.setConfig({testTimeout: 120_000});

test('the wheel holds the package, its types and its licence, and nothing else', async () => {
  const [wheel] = await readdir(join(folder, 'wheels'));
  expect(wheel).toBe('madang_server-0.1.0-py3-none-any.whl');
  const {stdout} = await run(findProgram('python3')!, [
    '-m',
    'zipfile',
    '-l',
    join(folder, 'wheels', wheel!),
  ]);
  const files = stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/)[0]!);

  expect(files).toEqual(
    expect.arrayContaining(['madang_server/py.typed', expect.stringMatching(/LICENSE$/)]),
  );
  expect(files.filter((file) => !/^madang_server(-0\.1\.0\.dist-info)?\//.test(file))).toEqual([]);
  expect(files.filter((file) => /test|driver|make_sync|__pycache__/.test(file))).toEqual([]);
});

test("README's programs run as they are", async () => {
  const [first, second] = programs;

  expect(await python('first.py', first!)).toBe('shop: Your order is ready.\nAnn: Thank you!\n');
  expect(await python('second.py', second!)).toBe('Order 7\n');
});

test("README's programs hear what happens, by events and by a webhook", async () => {
  const server = createServer({url: env['MADANG_URL']!, key: env['MADANG_KEY']!});
  const port = await findFreePort();
  const {secret} = await server.addWebhook({url: `http://127.0.0.1:${port}`, types: ['room.created']});
  const heard = await startPython('hear.py', programs[2]!);
  const posted = await startPython('webhook.py', programs[3]!, {WEBHOOK_SECRET: secret, PORT: String(port)});

  const room = await server.createRoom({title: 'Heard'});

  await waitFor(() => heard().includes(`room.created ${room.id}`), {
    ...patience,
    what: 'the event to be heard',
  });
  await waitFor(() => posted().includes('room.created'), {...patience, what: 'the event to be posted'});
  const forged = await fetch(`http://127.0.0.1:${port}`, {method: 'POST', body: '{}'});
  expect(forged.status).toBe(400);
});

test("README's token is one that its key signed", async () => {
  const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  const SIGNING_KEY = privateKey.export({format: 'pem', type: 'pkcs8'}) as string;

  const token = await python('sign.py', programs[4]!, {SIGNING_KEY});

  const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  expect(JSON.parse(header!)).toEqual({alg: 'ES256', typ: 'JWT', kid: '2026-03'});
  expect(JSON.parse(payload!)).toMatchObject({sub: 'your-id-of-ann', aud: 'chat', name: 'Ann'});
  expect(programs).toHaveLength(5);
});

test('every call works on a cluster', async () => {
  const program = await readFile(join(import.meta.dirname, 'live.py'), 'utf8');

  expect(await python('live.py', program)).toBe('all calls went their way\n');
});
