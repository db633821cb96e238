// .ci/full runs this: the three SDKs, packed and installed together into an empty folder, do what their READMEs say.
import {generateKeyPairSync} from 'node:crypto';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startMadangDev, type MadangDev} from './madang-dev.ts';
import {installInto, packSdks, repository, run} from './packed-sdks.ts';

let folder: string;
let madang: MadangDev;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'madang-sdks-'));
  const tarballs = await packSdks(folder);
  const react = ['react@19', 'react-dom@19', '@types/react@19', '@types/react-dom@19'];
  const others = ['typescript@6.0.3', '@types/node@24', 'vite@8.3.8'];
  await installInto(folder, [...tarballs, ...react, ...others]);
  madang = await startMadangDev(folder);
}, 300_000);
afterAll(async () => {
  await madang?.stop();
  await rm(folder, {recursive: true, force: true});
});

/** The programs of a README, unchanged except for the address of the cluster. */
async function programsOf(sdk: string, language: string): Promise<string[]> {
  const readme = await readFile(join(repository, `packages/${sdk}/README.md`), 'utf8');
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, program]) =>
    program!.replaceAll(/'(http:\/\/127\.0\.0\.1:8080|https:\/\/chat\.example)'/g, `'${madang.url}'`),
  );
}

test('each package has its licence, its types and what it exports, and no sources', async () => {
  for (const sdk of ['client', 'react', 'server']) {
    const installed = join(folder, 'node_modules/@madang', sdk);
    const files = await readdir(installed, {recursive: true});
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
      private?: boolean;
    };
    const targets = Object.values(manifest.exports).flatMap((each) =>
      typeof each === 'string' ? [each] : Object.values(each),
    );

    expect(manifest.private).toBeUndefined();
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', ...targets.map((each) => each.slice(2))]),
    );
    expect(files.filter((name) => /^src\b|\.test\./.test(name))).toEqual([]);
  }
});

test("the client's programs run one after the other", async () => {
  const ending = '[alice, bob, bot].forEach((client) => client.close());';
  await writeFile(join(folder, 'client.js'), [...(await programsOf('client', 'js')), ending].join('\n'));

  const {stdout} = await run(process.execPath, ['client.js'], {cwd: folder, timeout: 120_000});

  expect(stdout).toContain('Alice: Hello, Bob!\n');
  expect(stdout).toContain('Bot heard: Are you there?\n');
});

test("the server's programs run, and what they sign signs a user in", async () => {
  const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  const kid = {kid: 'one'};
  const issuer = {
    issuer: 'https://id.example',
    audience: 'chat',
    jwks: [{...publicKey.export({format: 'jwk'}), ...kid}],
  };
  const {version} = await madang.ask<{version: number}>('GET', '/tenant');
  await madang.ask('PATCH', '/tenant', {version, patch: {signIn: {issuers: [issuer]}}});
  const shown = `console.log(JSON.stringify({ticket, token}));\nprocess.exit(0);`;
  await writeFile(join(folder, 'server.js'), [...(await programsOf('server', 'js')), shown].join('\n'));
  const SIGNING_KEY = JSON.stringify({...privateKey.export({format: 'jwk'}), ...kid});
  const env = {...process.env, MADANG_KEY: madang.key, SIGNING_KEY};

  const {stdout} = await run(process.execPath, ['server.js'], {cwd: folder, env, timeout: 120_000});

  const {ticket, token} = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<'ticket' | 'token', string>;
  expect(ticket).toMatch(/^mdt_/);
  const me = await fetch(`${madang.url}/api/v1/me`, {headers: {authorization: `Bearer ${token}`}});
  expect({status: me.status, ...((await me.json()) as object)}).toMatchObject({
    status: 200,
    user: {name: 'Ann'},
  });
});

test("React's program and all others type-check together, and a bundler builds the page", async () => {
  const [page] = await programsOf('react', 'tsx');
  await writeFile(join(folder, 'page.tsx'), page!);
  const typed = [`import {createClient} from '@madang/client';`, ...(await programsOf('client', 'ts'))];
  await writeFile(join(folder, 'client.ts'), typed.join('\n'));
  await writeFile(
    join(folder, 'index.html'),
    '<div id="root"></div><script type="module" src="page.tsx"></script>',
  );
  const compilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    target: 'es2023',
    lib: ['es2023', 'dom'],
    types: ['node', 'vite/client'],
    jsx: 'react-jsx',
    module: 'esnext',
    moduleResolution: 'bundler',
  };
  const files = ['page.tsx', 'client.ts'];
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions, files}));

  const {stdout} = await run('npx', ['tsc', '--project', '.'], {cwd: folder}).catch(
    (failure: {stdout: string}) => failure,
  );
  await run('npx', ['vite', 'build'], {cwd: folder, timeout: 120_000});

  expect(stdout).toBe('');
  expect(await readdir(join(folder, 'dist/assets'))).toContainEqual(expect.stringMatching(/\.css$/));
}, 180_000);
