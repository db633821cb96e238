import {execFile} from 'node:child_process';
import {readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

export const run = promisify(execFile);
export const repository = join(import.meta.dirname, '../../..');
const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];

/** npm reads its registry from the environment. Our flags for Node must not reach a product. */
export const npmEnv = {...process.env, NODE_OPTIONS: ''};

/** Packs the three SDKs into the folder. Returns the paths of the tarballs. */
export async function packSdks(folder: string): Promise<string[]> {
  const sdks = ['client', 'react', 'server'].flatMap((sdk) => ['--workspace', `packages/${sdk}`]);
  await run('npm', ['pack', ...sdks, '--pack-destination', folder], {cwd: repository});
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  return names.map((name) => join(folder, name));
}

/** Installs packages into an empty folder, as in a new project. */
export async function installInto(folder: string, packages: string[]): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({type: 'module', private: true}));
  await run('npm', ['install', ...options, ...packages], {cwd: folder, env: npmEnv});
}
