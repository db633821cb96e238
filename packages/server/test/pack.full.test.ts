// Follows an integrator: the README's commands and program, in an empty folder, with the packed packages and nothing of
// this repository.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {afterAll, beforeAll, expect, test} from 'vitest';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');
const node22 = `node-${process.platform}-${process.arch}`;
let folder: string;
let cluster: ProcessCluster;

beforeAll(async () => {
  [folder, cluster] = await Promise.all([installInEmptyFolder(), startCluster({gateways: 2})]);
}, 180_000);

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, {recursive: true, force: true});
});

async function installInEmptyFolder(): Promise<string> {
  const empty = await mkdtemp(join(tmpdir(), 'madang-server-'));
  const workspaces = ['--workspace', 'packages/client', '--workspace', 'packages/server'];
  await run('npm', ['pack', ...workspaces, '--pack-destination', empty], {cwd: repository});
  const tarballs = await readdir(empty);
  await writeFile(join(empty, 'package.json'), JSON.stringify({type: 'module', private: true}));
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  const packages = [...tarballs.map((tarball) => `./${tarball}`), `${node22}@22`];
  await run('npm', ['install', ...options, ...packages], {cwd: empty});
  return empty;
}

/** The part of the README for integrators: its command and its program. */
async function integration(): Promise<{command: string[]; program: string}> {
  const readme = await readFile(join(repository, 'README.md'), 'utf8');
  const part = readme.slice(readme.indexOf("### Sign in your product's users"));
  const [command = ''] = /^npx madang [^#\n]*/m.exec(part) ?? [];
  const program = /```js\n([\s\S]*?)```/.exec(part)?.[1] ?? '';
  return {command: command.trim().split(' '), program};
}

test("README's sign-in of a product's user runs as it is", async () => {
  const {command, program} = await integration();
  const {adminUrl: DATABASE_URL, redisUrl: REDIS_URL, redisPrefix: REDIS_PREFIX} = cluster;
  const {stdout} = await run(command[0]!, command.slice(1), {
    cwd: repository,
    env: {...process.env, DATABASE_URL, REDIS_URL, REDIS_PREFIX},
  });
  const MADANG_KEY = /^mdk_\S+$/m.exec(stdout)![0];
  expect(program.trim().split('\n').length).toBeLessThanOrEqual(15);
  const urls = cluster.gateways.map(({url}) => url);
  const here = program.replaceAll("'http://127.0.0.1:8080'", () => `'${urls.shift()}'`);
  await writeFile(join(folder, 'sign-in.js'), here);

  for (const node of [process.execPath, join(folder, 'node_modules', node22, 'bin/node')]) {
    const env = {...process.env, MADANG_KEY};
    const child = spawn(node, ['sign-in.js'], {cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit']});
    const exited = once(child, 'exit');
    try {
      const [line] = (await once(child.stdout, 'data', {signal: AbortSignal.timeout(20_000)})) as [Buffer];
      expect(line.toString()).toBe('my-product: Hello, Ann!\n');
    } finally {
      child.kill();
      await exited;
    }
  }
});

test.for(['nodenext', 'bundler'])(
  'type-checks strictly with module resolution %s',
  async (moduleResolution) => {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      target: 'es2023',
      lib: ['es2023', 'dom'],
      types: [],
      module: moduleResolution === 'nodenext' ? 'nodenext' : 'esnext',
      moduleResolution,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions, files: ['consumer.ts']}));
    await writeFile(join(folder, 'consumer.ts'), consumer);

    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    const {stdout} = await run(process.execPath, [tsc, '--project', folder]).catch(
      (failure: {stdout: string}) => failure,
    );

    expect(stdout).toBe('');
  },
);

test('brings nothing along', async () => {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, {dependencies?: object}>;
  };

  expect(lock.packages['node_modules/@madang/server']).toBeDefined();
  expect(lock.packages['node_modules/@madang/server']?.dependencies).toBeUndefined();
  expect(Object.keys(lock.packages)).not.toContain('node_modules/zod');
});

const consumer = `
import {createServer, ServerError, type Message, type Server, type User} from '@madang/server';

const server: Server = createServer({url: 'http://127.0.0.1', key: 'mdk_', timeoutMs: 100});
const user: User = await server.putUser('7', {name: 'Ann'});
const room = await server.createRoom({title: 'Order 7', visibility: 'private'});
await server.addMember(room.id, user.id, 'moderator');
const {messages, more} = await server.listMessages(room.id, {limit: 5});
const texts: string[] = messages.map((message: Message) => message.text);
const ids: string[] = await server.notify({to: [user.id], type: 'order', data: {no: 7}});
console.log(texts, more, ids.length);
try {
  await server.send(room.id, {text: 'hi', replyTo: 3});
} catch (error) {
  if (error instanceof ServerError && error.code === 'forbidden') console.log(error.details);
}
// @ts-expect-error a user needs a name
await server.putUser('7', {});
// @ts-expect-error an owner is made by the room's owner
await server.addMember(room.id, user.id, 'owner');
`;
