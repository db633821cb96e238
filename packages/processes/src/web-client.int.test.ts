import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {Children} from './children.ts';
import {buildWebClient, isBuildDue} from './web-client.ts';

// A repository whose web client is built by one line of shell.

let root: string;
let children: Children;
let said: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'madang-web-'));
  children = new Children(join(root, 'run'), root);
  said = [];
});
afterEach(async () => {
  await children.close();
  rmSync(root, {recursive: true, force: true});
});

/** Writes a file with a time stamp this many seconds ago. */
function write(path: string, text: string, secondsAgo = 0): void {
  const file = join(root, path);
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, text);
  const at = Date.now() / 1_000 - secondsAgo;
  utimesSync(file, at, at);
}

function writeSources(build = 'mkdir -p dist && echo built >> dist/index.html'): void {
  write('package.json', '{"workspaces": ["services/*"]}', 100);
  write('services/web/package.json', JSON.stringify({name: 'web', scripts: {build}}), 100);
  write('services/web/src/app.tsx', '', 100);
  write('packages/client/src/client.ts', '', 100);
}

const build = () =>
  buildWebClient({root, children, env: process.env, dir: root, say: (line) => said.push(line)});

test('builds the web client once, and again when something that it is made of has changed', async () => {
  writeSources();
  const built = () => readFileSync(join(root, 'services/web/dist/index.html'), 'utf8');

  await build();
  await build();
  expect(built()).toBe('built\n');
  expect(said).toEqual(['building the web client']);

  write('packages/client/src/client.ts', 'export {}', -100);
  await build();
  expect(built()).toBe('built\nbuilt\n');
});

test('neither tests nor what a build leaves behind make a build due', async () => {
  writeSources();
  await build();

  write('services/web/e2e/chat.test.ts', '', -100);
  write('packages/client/src/client.test.ts', '', -100);
  write('services/web/dist/assets/app.js', '', -100);
  write('services/web/node_modules/.vite/cache', '', -100);

  expect(isBuildDue(root)).toBe(false);
});

test('is built where a workspace of its own that is not built lies within it', async () => {
  writeSources();
  write('package.json', '{"workspaces": ["services/web", "services/web/e2e"]}', 100);
  write('services/web/e2e/package.json', '{"name": "web-e2e"}', 100);

  await build();

  expect(isBuildDue(root)).toBe(false);
});

test('a build that fails says why', async () => {
  writeSources('echo "error: no such component" >&2; exit 1');

  await expect(build()).rejects.toThrow('the web client does not build: error: no such component');
  expect(existsSync(join(root, 'services/web/dist'))).toBe(false);
});

test('without a web client there is nothing to build', async () => {
  await build();

  expect(said).toEqual([]);
});
