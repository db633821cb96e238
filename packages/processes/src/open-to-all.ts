import {chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';

const COPIES = '/var/cache/madang';

/** Whether every user may enter all the folders above the path. Under /root, for example, they may not. */
export function isReachableByAll(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Returns a copy of the folder that every user may read and execute. It is made once for each name, and only for root. */
export function copyForAll(folder: string, name: string): string {
  const copy = join(COPIES, name);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}.new`;
  mkdirSync(COPIES, {recursive: true, mode: 0o755});
  cpSync(folder, unfinished, {recursive: true, verbatimSymlinks: true});
  open(unfinished);
  for (const entry of readdirSync(unfinished, {recursive: true, withFileTypes: true})) {
    if (!entry.isSymbolicLink()) open(join(entry.parentPath, entry.name));
  }
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, {recursive: true, force: true});
    // Another process has made it in the meantime.
    if (!existsSync(copy)) throw new Error(`no copy of ${basename(folder)} in ${COPIES}`, {cause: error});
  }
  return copy;
}

function open(path: string): void {
  const {mode} = statSync(path);
  chmodSync(path, mode | 0o444 | (mode & 0o100 ? 0o111 : 0));
}
