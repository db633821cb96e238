// What somebody gets who installs the packages beside React 18 or 19: plain JavaScript and plain types.
import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, expect, test} from 'vitest';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');
const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-react-'));
  const packages = ['--workspace', 'packages/client', '--workspace', 'packages/react'];
  await run('npm', ['pack', ...packages, '--pack-destination', folder], {cwd: repository});
}, 180_000);
afterAll(() => rm(folder, {recursive: true, force: true}));

const page = `
import {createElement} from 'react';
import {renderToString} from 'react-dom/server';
import {createClient} from '@madang/client';
import {MadangChat, MadangProvider} from '@madang/react';
const client = createClient({url: 'http://127.0.0.1:1'});
const chat = createElement(MadangChat, {roomId: 'a', title: 'Case 7'});
console.log(renderToString(createElement(MadangProvider, {client}, chat)));
client.close();
`;

async function install(react: string): Promise<string> {
  const here = join(folder, react);
  await mkdir(here);
  const tarballs = (await readdir(folder))
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => `../${name}`);
  const reacts = [
    `react@${react}`,
    `react-dom@${react}`,
    `@types/react@${react}`,
    `@types/react-dom@${react}`,
  ];
  await writeFile(join(here, 'package.json'), JSON.stringify({type: 'module', private: true}));
  await run('npm', ['install', ...options, ...tarballs, ...reacts], {cwd: here});
  return here;
}

test.for(['18', '19'])(
  'with React %s a server draws the conversation, and the program of README type-checks',
  {timeout: 240_000},
  async (react) => {
    const here = await install(react);
    await writeFile(join(here, 'page.js'), page);
    const readme = await readFile(join(repository, 'packages/react/README.md'), 'utf8');
    await writeFile(join(here, 'readme.tsx'), /```tsx\n([\s\S]*?)```/.exec(readme)![1]!);
    const compilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      jsx: 'react-jsx',
      module: 'esnext',
      moduleResolution: 'bundler',
      noUncheckedSideEffectImports: false,
    };
    await writeFile(join(here, 'tsconfig.json'), JSON.stringify({compilerOptions, files: ['readme.tsx']}));

    const drawn = await run(process.execPath, ['page.js'], {cwd: here});
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    const checked = await run(process.execPath, [tsc, '--project', here]).catch(
      (failure: {stdout: string}) => failure,
    );

    expect(checked.stdout).toBe('');
    expect(drawn.stdout).toContain('Case 7');
    expect(drawn.stderr).toBe('');
    const files = await readdir(join(here, 'node_modules/@madang/react'), {recursive: true});
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist/chat.css', 'dist/react.d.ts']),
    );
    expect(files.filter((name) => /(^|\/)src\/|\.tsx$/.test(name))).toEqual([]);
  },
);
