/** The product's own users. They are kept in memory: replace them with your own table and your own sign-in. */
import {randomBytes, randomUUID, scryptSync, timingSafeEqual} from 'node:crypto';

export type Account = {id: string; name: string; role: 'customer' | 'agent'};

const accounts = new Map<string, Account & {salt: Buffer; hash: Buffer}>();
const sessions = new Map<string, string>();

export function addAccount(name: string, password: string, role: Account['role']): Account {
  const salt = randomBytes(16);
  const account = {id: `${role}-${randomUUID()}`, name, role};
  accounts.set(account.id, {...account, salt, hash: scryptSync(password, salt, 32)});
  return account;
}

/** Returns the account with this name and password. A customer with a new name gets an account. */
export function enter(name: string, password: string): Account | undefined {
  const known = [...accounts.values()].find((account) => account.name === name);
  if (!known) return addAccount(name, password, 'customer');
  return timingSafeEqual(scryptSync(password, known.salt, 32), known.hash) ? known : undefined;
}

export function openSession(accountId: string): string {
  const session = randomUUID();
  sessions.set(session, accountId);
  return session;
}

export function accountOf(cookies = ''): Account | undefined {
  const session = /(?:^|; )desk=([\w-]+)/.exec(cookies)?.[1] ?? '';
  return accounts.get(sessions.get(session) ?? '');
}

export const removeAccount = (id: string) => void accounts.delete(id);
