// .ci/full runs this. It copies the bot into an empty folder and runs it there with the wheel, as its README says.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {cp, mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {installMissing} from '@madang/processes/install';
import {scopes, type Scope} from '@madang/protocol/keys';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {createServer, type Server} from '../../server/src/server.ts';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {silent} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');

let cluster: ProcessCluster;
let folder: string;
let copy: string;
let env: NodeJS.ProcessEnv;
/** The product that the bot is part of. */
let server: Server;

beforeAll(async () => {
  [cluster, folder] = await Promise.all([
    startCluster({gateways: 1, worker: true}),
    mkdtemp(join(tmpdir(), 'madang-bot-')),
  ]);
  const url = cluster.gateways[0]!.url;
  const [botKey, productKey] = await addKeys(cluster.databaseUrl);
  server = createServer({url, key: productKey!, timeoutMs: 30_000});
  const {PATH, HOME} = process.env;
  env = {PATH, HOME, MADANG_URL: url, MADANG_KEY: botKey};
  copy = join(folder, 'my-bot');
  await installAsReadmeSays();
}, 300_000);
afterAll(async () => {
  await cluster?.stop();
  await rm(folder, {recursive: true, force: true});
});

async function addKeys(url: string): Promise<string[]> {
  const db = createDatabase({url, log: silent, applicationName: 'test', deadlineMs: 20_000});
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  await setPolicy(db, {tenantId, policy: {...presetPolicy('community'), eventDays: 7}, changes: []});
  const ofBot: Scope[] = ['rooms', 'read', 'send'];
  const keys = [
    await addApiKey(db, {tenantId, service: 'bot', scopes: ofBot}),
    await addApiKey(db, {tenantId, service: 'shop', scopes}),
  ];
  await db.close();
  return keys.map(({key}) => key);
}

async function installAsReadmeSays(): Promise<void> {
  installMissing(['python3'], (line) => void process.stdout.write(`${line}\n`));
  const readme = await readFile(join(repository, 'examples/python-bot/README.md'), 'utf8');
  const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(readme)!;
  const [wheel, ...rest] = commands.replaceAll('/tmp/wheels', join(folder, 'wheels')).trim().split('\n');
  const elsewhere = rest.join('\n').replace(/^cp .*$/m, '');
  await cp(join(repository, 'examples/python-bot'), copy, {recursive: true});
  // The environment may name pip's index.
  await run('sh', ['-euc', wheel!.replace('pip ', 'python3 -m pip ')], {cwd: repository});
  await run('sh', ['-euc', elsewhere], {cwd: copy});
}

async function startBot(): Promise<{kill: (signal: NodeJS.Signals) => Promise<void>}> {
  const child = spawn('.venv/bin/python', ['bot.py'], {cwd: copy, env, stdio: ['ignore', 'pipe', 'inherit']});
  const exited = once(child, 'exit');
  await once(child.stdout, 'data', {signal: AbortSignal.timeout(60_000)});
  return {
    async kill(signal) {
      child.kill(signal);
      await exited;
    },
  };
}

async function textsOf(roomId: string): Promise<string[]> {
  const {messages} = await server.listMessages(roomId);
  return messages.map(({text}) => text).toReversed();
}

test('the bot passes its own tests', {timeout: 60_000}, async () => {
  const {stderr} = await run('.venv/bin/python', ['-W', 'error', '-m', 'unittest'], {cwd: copy, env});

  expect(stderr).toMatch(/Ran [5-9] tests[\s\S]*OK/);
});

test('the bot answers each command once, also those sent while it was dead', async () => {
  const user = await server.putUser('ann', {name: 'Ann'});
  const room = await server.createRoom({title: 'Case 7', visibility: 'private', members: [{user: 'ann'}]});
  const ann = server.asUser('ann');
  let bot = await startBot();
  const [desk] = (await server.listRooms()).rooms.filter(({title}) => title === 'Help desk');
  expect(desk).toMatchObject({visibility: 'public', owner: {name: 'bot'}});
  await server.addMember(room.id, desk!.owner.id);
  expect(user.name).toBe('Ann');

  await ann.send(room.id, '!order 7');
  await ann.send(room.id, 'Thank you!');
  const said = ['!order 7', 'Thank you!', 'Order 7 is on its way.'];
  const first = async () => (await textsOf(room.id)).filter((text) => text.startsWith('Order')).length === 1;
  await waitFor(first, {timeoutMs: 60_000, what: 'the answer'});
  await bot.kill('SIGKILL');
  await ann.send(room.id, '!hours');
  bot = await startBot();
  const second = async () => (await textsOf(room.id)).some((text) => text.startsWith('We are here'));
  await waitFor(second, {timeoutMs: 60_000, what: 'the answer to what was sent meanwhile'});
  await bot.kill('SIGTERM');

  const texts = await textsOf(room.id);
  expect(texts).toHaveLength(5);
  expect(texts).toEqual(expect.arrayContaining([...said, '!hours']));
}, 180_000);
