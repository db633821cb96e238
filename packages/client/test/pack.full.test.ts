import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {afterAll, beforeAll, expect, test} from 'vitest';

// What somebody gets who installs the package: plain JavaScript, plain types, and nothing of this repository.

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
  const empty = await mkdtemp(join(tmpdir(), 'madang-client-'));
  await run('npm', ['pack', '--workspace', 'packages/client', '--pack-destination', empty], {
    cwd: repository,
  });
  const [tarball] = await readdir(empty);
  await writeFile(join(empty, 'package.json'), JSON.stringify({type: 'module', private: true}));
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...options, `./${tarball}`, `${node22}@22`], {cwd: empty});
  return empty;
}

/** The README's program, one of the two people on each gateway. */
async function tenLines(): Promise<string> {
  const readme = await readFile(join(repository, 'README.md'), 'utf8');
  const program = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const urls = cluster.gateways.map(({url}) => url);
  return program.replaceAll("'http://127.0.0.1:8080'", () => `'${urls.shift()}'`);
}

test.for([
  ['Node 24', process.execPath, 'v24.'],
  ['Node 22', join('node_modules', node22, 'bin/node'), 'v22.'],
] as const)("runs README's ten lines as they are on %s", async ([, binary, version]) => {
  const node = binary.startsWith('/') ? binary : join(folder, binary);
  expect((await run(node, ['--version'])).stdout).toContain(version);
  const program = await tenLines();
  expect(program.trim().split('\n').filter(Boolean)).toHaveLength(9);
  await writeFile(join(folder, 'ten-lines.js'), program);

  const child = spawn(node, ['ten-lines.js'], {cwd: folder, stdio: ['ignore', 'pipe', 'inherit']});
  const exited = once(child, 'exit');
  try {
    const [line] = (await once(child.stdout, 'data', {signal: AbortSignal.timeout(20_000)})) as [Buffer];
    expect(line.toString()).toBe('Alice: Hello, Bob!\n');
  } finally {
    child.kill();
    await exited;
  }
});

/** The README's words on types. */
async function typedProgram(): Promise<string> {
  const readme = await readFile(join(repository, 'packages/client/README.md'), 'utf8');
  return /```ts\n([\s\S]*?)```/.exec(readme)![1]!;
}

test("runs the programs of the package's own README one after the other", async () => {
  const readme = await readFile(join(repository, 'packages/client/README.md'), 'utf8');
  const programs = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, program]) => program);
  expect(programs).toHaveLength(3);
  const {url} = cluster.gateways[0]!;
  const ending = '[alice, bob, bot].forEach((client) => client.close());';
  const program = [...programs, ending].join('\n').replaceAll("'http://127.0.0.1:8080'", `'${url}'`);
  await writeFile(join(folder, 'readme.js'), program);

  const {stdout} = await run(process.execPath, ['readme.js'], {cwd: folder, timeout: 60_000});

  expect(stdout).toContain('Alice: Hello, Bob!\n');
  expect(stdout).toContain('Bot heard: Are you there?\n');
});

test.for([
  ['nodenext', 'nodenext', false],
  // Its own types were checked above. This checks how they are found.
  ['bundler', 'esnext', true],
] as const)(
  'type-checks strictly with module resolution %s',
  async ([moduleResolution, module, skipLibCheck]) => {
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      target: 'es2023',
      lib: ['es2023', 'dom'],
      types: [],
      module,
      moduleResolution,
      skipLibCheck,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions, files: ['consumer.ts']}));
    await writeFile(join(folder, 'consumer.ts'), consumer + (await typedProgram()));

    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    const {stdout} = await run(process.execPath, [tsc, '--project', folder]).catch(
      (failure: {stdout: string}) => failure,
    );

    expect(stdout).toBe('');
  },
);

test('brings nothing along but socket.io-client', async () => {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, {dependencies?: object; dev?: boolean}>;
  };

  expect(lock.packages['node_modules/@madang/client']?.dependencies).toEqual({'socket.io-client': '4.8.4'});
  expect(Object.keys(lock.packages)).not.toContain('node_modules/zod');
  const code = await readFile(join(folder, 'node_modules/@madang/client/dist/client.js'), 'utf8');
  expect([...code.matchAll(/from "([^"]+)"/g)].map(([, name]) => name)).toEqual(['socket.io-client']);
});

const consumer = `
import {CallError, createClient, type CallInput, type CursorStore, type FollowedRoom, type Message} from '@madang/client';

const client = createClient({url: 'http://127.0.0.1', times: {retryMs: 10}});
client.on('message', (message: Message) => console.log(message.sender.name, message.seq + 1));
client.on('lobby:changed', ({opened}) => opened.map((room) => room.title.length));
client.on('room:left', ({reason}) => {
  const known: 'left' | 'removed' | 'banned' | 'closed' = reason;
  console.log(known);
});
const {room, membership} = await client.call('room:create', {title: 'Courtyard'});
const role: 'owner' | 'moderator' | 'member' = membership.role;
await client.call('lobby:watch');
await client.call('room:list');
await client.call('message:list', {roomId: room.id, limit: 5, before: 3});
const input: CallInput<'message:send'> = {roomId: room.id, clientId: '…', text: 'hi'};
const followed: FollowedRoom | undefined = client.rooms.get(room.id);
console.log(followed?.timeline.messages.length, role, input.text);
try {
  await client.send(room.id, {text: 'hi', replyTo: 3});
} catch (error) {
  if (error instanceof CallError && error.code === 'rate_limited') console.log(error.retryAfterMs);
}
// @ts-expect-error there is no such operation
await client.call('room:explode', {});
// @ts-expect-error a room needs a title
await client.call('room:create', {});
// @ts-expect-error a limit is a number
await client.call('message:list', {roomId: room.id, limit: 'many'});
// @ts-expect-error which room
await client.call('room:get');
const typed = createClient<{message: {orderId: string}; room: {shop: number}; user: {tier: 'a' | 'b'}}>();
typed.on('message', ({data, text}) => {
  const orderId: string | undefined = data?.orderId;
  // @ts-expect-error no such field
  console.log(orderId, text, data?.other);
});
const first = typed.stores.rooms.snapshot()[0];
const tier: 'a' | 'b' | undefined = first?.room.owner.data?.tier;
const no: number | undefined = first?.room.data?.shop;
const shown: string | undefined = typed.stores.messages('x').snapshot().messages[0]?.data?.orderId;
const followedData: string | undefined = typed.rooms.get('x')?.timeline.messages[0]?.data?.orderId;
const answered: number | undefined = (await typed.call('room:get', {roomId: 'x'})).room.data?.shop;
await typed.send('x', {text: 'a', data: {orderId: '1'}});
// @ts-expect-error another field
await typed.send('x', {text: 'a', data: {no: '1'}});
console.log(tier, no, shown, followedData, answered, client.stores.status.snapshot().isReady);
const cursors: CursorStore = new Map<string, string>();
createClient({cursors});
// @ts-expect-error a snapshot is frozen
client.stores.rooms.snapshot().push();
`;
