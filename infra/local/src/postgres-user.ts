import {execFileSync} from 'node:child_process';
import {statSync} from 'node:fs';
import {dirname} from 'node:path';

const USER = 'madang';

export interface RunAs {
  uid: number;
  gid: number;
}

export interface Invocation {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
}

/** Gives the user Postgres shall run as: undefined for ourselves, a system user made for it when we are root. */
export function findPostgresUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = lookUp();
  if (found) return found;
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', USER],
      {
        stdio: 'pipe',
      },
    );
  } catch (error) {
    // Of two starts at once one loses, but then the user is there.
    const made = lookUp();
    if (made) return made;
    throw new Error(
      `Postgres does not run as root, and no user could be made for it: useradd --system ${USER}`,
      {
        cause: error,
      },
    );
  }
  const made = lookUp();
  if (!made) throw new Error(`useradd made no user ${USER}`);
  return made;
}

/**
 * Says how to run a program as that user although its own files or its data may lie where only root may enter
 * (a clone under /root): then it keeps root's right to read and write files, and nothing else of root.
 */
export function invokeAs(
  user: RunAs | undefined,
  command: string,
  args: string[],
  paths: string[],
): Invocation {
  if (!user) return {command, args};
  if ([command, ...paths].every(isOpenToAll)) return {command, args, ...user};
  const keep = '+dac_override,+dac_read_search';
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return {
    command: 'setpriv',
    args: [...ids, `--inh-caps=${keep}`, `--ambient-caps=${keep}`, command, ...args],
  };
}

function lookUp(): RunAs | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, USER], {encoding: 'utf8', stdio: 'pipe'}));
    return {uid: id('-u'), gid: id('-g')};
  } catch {
    return undefined;
  }
}

/** Whether everyone may pass through each folder above the path. */
function isOpenToAll(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
