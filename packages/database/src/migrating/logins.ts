/** The roles with which processes sign in to Postgres: each is only a member of a group. */
import {createHash, createHmac, pbkdf2Sync, randomBytes} from 'node:crypto';
import {readPostgresAddress} from '@madang/runtime/postgres-address';
import type {Database} from '../connections/pool.ts';

export type Group = 'madang_app' | 'madang_admin';

type FoundRole = {isOwn: boolean; isMember: boolean | null};

const findRole = {
  name: '',
  text: `
    select rolname = current_user as "isOwn", pg_has_role(oid, to_regrole($2), 'member') as "isMember"
    from pg_roles where rolname = $1`,
};

/**
 * Makes sure that the user of this address can sign in and is in the group, if one is given. Does nothing if the
 * address is the calling role's own. If the calling role may not create roles, throws the statements that an operator
 * must run.
 */
export async function keepLogin(db: Database, url: string, group?: Group): Promise<void> {
  const {user = '', password} = readPostgresAddress(url);
  const [found] = await db.query<FoundRole>(findRole, [user, group]);
  if (found?.isOwn) return;
  try {
    if (!found) await db.query({name: '', text: `create role ${quoted(user)} login`});
    if (group && !found?.isMember) await db.query({name: '', text: `grant ${group} to ${quoted(user)}`});
  } catch (error) {
    const made = `create role ${quoted(user)} login password '…'${group ? ` in role ${group}` : ''}`;
    const advice = found ? `grant ${group} to ${quoted(user)}` : made;
    const message = `cannot set up the role ${user}; as a superuser run: ${advice}`;
    throw new Error(message, {cause: error});
  }
  // A role that somebody else created keeps its password.
  if (password) await setPassword(db, user, password).catch(onlyWhere(!found));
}

/** The server gets the verifier that it would store, never the password: statements may be logged. */
async function setPassword(db: Database, user: string, password: string): Promise<void> {
  const text = `alter role ${quoted(user)} login password '${scramVerifier(password)}'`;
  await db.query({name: '', text});
}

/** In the format of RFC 5802 and Postgres. */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const iterations = 4_096;
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function onlyWhere(isFatal: boolean): (error: unknown) => void {
  return (error) => {
    if (isFatal) throw error;
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
