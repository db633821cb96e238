/** A Python environment of this repository's own, with the dependencies of the package and of its tests. */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findProgram, installMissing} from '@madang/processes/install';

const repository = join(import.meta.dirname, '../../..');
const requirements = join(import.meta.dirname, 'requirements.txt');

/** Makes the environment unless it exists, and returns its Python. */
export function prepareEnvironment(say: (line: string) => void): string {
  installMissing(['python3'], say);
  const system = findProgram('python3')!;
  const version = run(system, [
    '-c',
    'import sys; assert sys.version_info >= (3, 10), sys.version; print(sys.version)',
  ]);
  const name = createHash('sha256')
    .update(version + readFileSync(requirements, 'utf8'))
    .digest('hex')
    .slice(0, 16);
  const folder = join(repository, '.madang/python', name);
  const [python, done] = [join(folder, 'bin/python'), join(folder, 'done')];
  if (existsSync(done)) return python;
  say('installing what tests of packages/python need (pip, into .madang/python)');
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder, {recursive: true});
  run(system, ['-m', 'venv', folder]);
  run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    requirements,
  ]);
  writeFileSync(done, '');
  return python;
}

export function run(
  command: string,
  args: string[],
  options: {cwd?: string; env?: NodeJS.ProcessEnv} = {},
): string {
  return execFileSync(command, args, {encoding: 'utf8', ...options});
}
