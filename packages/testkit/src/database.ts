import {createDatabase, type Database} from '@madang/database/connections/pool';
import {migrate} from '@madang/database/migrating/migrate';
import {randomBytes} from 'node:crypto';
import {inject} from 'vitest';

const template = 'madang_template';
export const silent = {debug() {}, info() {}, warn() {}, error() {}};

/** Creates the template database once per run. All others are cloned from it, because copying is quicker than migrating. */
export async function createTemplate(adminUrl: string): Promise<void> {
  await administer(adminUrl, `create database ${template}`);
  const url = withDatabase(adminUrl, template);
  await migrate(url, silent, {appUrl: asApp(url), adminUrl: asAdmin(url)});
}

export type TestDatabase = {
  /** As the superuser, for what a test looks up and prepares. */
  url: string;
  /** As gateways and workers use it, with the rights that they have in production. */
  appUrl: string;
  /** As `npx madang` uses it. */
  adminUrl: string;
  drop(): Promise<void>;
};

/** Returns the address for gateways and workers, whose role has only the rights that they need. */
export function asApp(url: string): string {
  return asRole(url, 'madang_test_app');
}

/** Returns the address for `npx madang`. */
export function asAdmin(url: string): string {
  return asRole(url, 'madang_test_admin');
}

/** Creates a database with the current schema and the tenant `default`, for one test file or one test. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('postgresUrl');
  const name = `madang_test_${randomBytes(6).toString('hex')}`;
  await administer(adminUrl, `create database ${name} template ${template}`);
  const url = withDatabase(adminUrl, name);
  return {
    url,
    appUrl: asApp(url),
    adminUrl: asAdmin(url),
    drop: () => administer(adminUrl, `drop database if exists ${name} with (force)`),
  };
}

/** Creates an empty database without any schema, such as with another locale. */
export async function createEmptyDatabase(options = ''): Promise<{url: string; drop(): Promise<void>}> {
  const adminUrl = inject('postgresUrl');
  const name = `madang_test_${randomBytes(6).toString('hex')}`;
  await administer(adminUrl, `create database ${name} template template0 ${options}`);
  return {
    url: withDatabase(adminUrl, name),
    drop: () => administer(adminUrl, `drop database if exists ${name} with (force)`),
  };
}

/**
 * Opens a writing transaction in a database of its own on the same server, and leaves it open. Code that reads the server's
 * snapshots must tolerate an oldest transaction that does not end.
 */
export async function holdTransaction(): Promise<{end(): Promise<void>}> {
  const database = await createEmptyDatabase();
  const writer = createDatabase({
    url: database.url,
    log: silent,
    applicationName: 'madang testkit',
    // Both statements are in one transaction only if they use one connection.
    maxConnections: 1,
  });
  await writer.query({name: '', text: 'begin'});
  await writer.query({name: '', text: 'create table held ()'});
  return {
    async end() {
      await writer.close();
      await database.drop();
    },
  };
}

/** Runs one statement as the server's superuser. */
export async function administer(adminUrl: string, text: string): Promise<void> {
  // Cloning waits for a checkpoint, and several test files clone at once.
  const timeoutMs = 60_000;
  const admin: Database = createDatabase({
    url: adminUrl,
    log: silent,
    applicationName: 'madang testkit',
    maxConnections: 1,
    statementTimeoutMs: timeoutMs,
    lockTimeoutMs: timeoutMs,
    deadlineMs: timeoutMs,
  });
  try {
    await admin.query({name: '', text});
  } finally {
    await admin.close();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

function asRole(url: string, username: string): string {
  const changed = new URL(url);
  Object.assign(changed, {username, password: 'of tests'});
  return changed.href;
}
