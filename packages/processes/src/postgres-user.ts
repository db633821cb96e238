import {execFileSync} from 'node:child_process';

const USER = 'madang';

export interface RunAs {
  uid: number;
  gid: number;
}

/** Returns the user that runs Postgres: undefined for the current user; for root, a system user created for it. */
export function findPostgresUser(): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = lookUp();
  if (found) return found;
  try {
    const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin'];
    execFileSync('useradd', [...flags, USER], {stdio: 'pipe'});
  } catch (error) {
    // If two processes start at once, one of them fails to add the user, but then the user exists.
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

function lookUp(): RunAs | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, USER], {encoding: 'utf8', stdio: 'pipe'}));
    return {uid: id('-u'), gid: id('-g')};
  } catch {
    return undefined;
  }
}
