/** Several hosts, passwords, their rotation, and TLS. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readPostgresAddress, withLogin} from '@madang/runtime/postgres-address';
import {postgresOf} from '@madang/runtime/postgres-variables';
import {administer} from '@madang/testkit/database';
import {startPrivatePostgres} from '@madang/testkit/private-postgres';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {silent} from '../../test/fixtures.ts';
import {createDatabase, type Database, type DatabaseOptions} from './pool.ts';

const patience = {deadlineMs: 10_000, statementTimeoutMs: 10_000};

function pool(place: Pick<DatabaseOptions, 'url' | 'password' | 'metrics'>): Database {
  const db = createDatabase({...place, ...patience, log: silent, applicationName: 'places'});
  onTestFinished(() => db.close());
  return db;
}

async function server() {
  const postgres = await startPrivatePostgres();
  onTestFinished(() => postgres.close());
  return postgres;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'madang-places-'));
  onTestFinished(() => rmSync(dir, {recursive: true, force: true}));
  return dir;
}

const portOf = async (db: Database) => {
  const [row] = await db.query<{port: number}>({
    name: '',
    text: `select current_setting('port')::int as port`,
  });
  return row!.port;
};
const soon = <T>(what: string, ask: () => Promise<T>) =>
  waitFor(() => ask().catch(() => undefined), {timeoutMs: 20_000, what});

const awkward = 'p#s/s?w@rd%:, "ü$\\ \'';

test('of several hosts it uses the one that accepts writes, and follows it', async () => {
  const [a, b] = await Promise.all([server(), server()]);
  for (const {url} of [a, b]) await administer(url, `create role app login superuser password 'one'`);
  const url = `postgres://app:one@127.0.0.1:${a.port},127.0.0.1:${b.port}/postgres?target_session_attrs=read-write`;
  a.amend('default_transaction_read_only = on');
  const db = pool({url});
  await waitFor(async () => (await soon('a port', () => portOf(db))) === b.port, {
    timeoutMs: 20_000,
    what: 'b',
  });

  a.amend('default_transaction_read_only = off');
  b.amend('default_transaction_read_only = on');

  // A server reads its settings again a moment later, and until then b still accepts writes.
  await waitFor(
    async () => {
      await soon('a write', () => db.query({name: '', text: 'create table if not exists kept ()'}));
      return (await portOf(db)) === a.port;
    },
    {timeoutMs: 20_000, what: 'a'},
  );
}, 120_000);

test('takes a password of any characters in the address or a variable, and a rotated one from its file', async () => {
  const {url, port} = await server();
  await administer(url, `create role app login password '${awkward.replaceAll("'", "''")}'`);
  const bare = `postgres://app@127.0.0.1:${port}/postgres`;
  const file = join(folder(), 'password');
  writeFileSync(file, `${awkward}\n`);

  expect(await portOf(pool({url: withLogin(bare, {user: 'app', password: awkward})}))).toBe(port);
  expect(await portOf(pool(postgresOf({DATABASE_URL: bare, DATABASE_PASSWORD: awkward})))).toBe(port);
  const db = pool(postgresOf({DATABASE_URL: bare, DATABASE_PASSWORD_FILE: file}));
  expect(await portOf(db)).toBe(port);

  await administer(url, `alter role app password 'the second'`);
  await administer(url, `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`);
  await expect(
    soon('a refusal', () =>
      portOf(db).then(
        () => undefined,
        (error: {code: string}) => error.code,
      ),
    ),
  ).resolves.toBe('unavailable');
  writeFileSync(file, 'the second');
  expect(await soon('an answer', () => portOf(db))).toBe(port);
}, 120_000);

test('uses TLS with a private authority, and refuses a server that another one signed or that is called otherwise', async () => {
  const postgres = await server();
  const [own, other] = [certificates(), certificates()];
  postgres.give('server.crt', readFileSync(own.server, 'utf8'));
  postgres.give('server.key', readFileSync(own.serverKey, 'utf8'));
  await postgres.configure('ssl', 'on');
  const {user, password} = readPostgresAddress(postgres.url);
  const at = (host: string, query: string) =>
    pool({
      url: withLogin(`postgres://${host}:${postgres.port}/postgres?${query}`, {
        user: user!,
        password: password!,
      }),
    });
  const isEncrypted = async (db: Database) => {
    const text = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
    return (await db.query<{ssl: boolean}>({name: '', text}))[0]!.ssl;
  };

  expect(await soon('TLS', () => isEncrypted(at('localhost', 'sslmode=require')))).toBe(true);
  expect(await isEncrypted(at('localhost', `sslmode=verify-full&sslrootcert=${own.ca}`))).toBe(true);
  expect(await isEncrypted(at('127.0.0.1', `sslmode=verify-ca&sslrootcert=${own.ca}`))).toBe(true);
  for (const [host, query] of [
    ['localhost', `sslmode=verify-full&sslrootcert=${other.ca}`],
    ['localhost', 'sslmode=verify-full'],
    ['127.0.0.1', `sslmode=verify-full&sslrootcert=${own.ca}`],
  ] as const)
    await expect(isEncrypted(at(host, query))).rejects.toMatchObject({code: 'unavailable'});
}, 120_000);

function certificates() {
  const dir = folder();
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: dir, stdio: 'ignore'});
  const fresh = ['-nodes', '-newkey', 'rsa:2048'];
  openssl(
    'req',
    '-x509',
    '-days',
    '2',
    ...fresh,
    '-subj',
    '/CN=authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost');
  openssl('req', ...fresh, '-subj', '/CN=server', '-keyout', 'server.key', '-out', 'server.csr');
  const signing = ['-req', '-days', '2', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl('x509', ...signing, '-extfile', 'names', '-in', 'server.csr', '-out', 'server.crt');
  return {ca: at('ca.crt'), server: at('server.crt'), serverKey: at('server.key')};
}
