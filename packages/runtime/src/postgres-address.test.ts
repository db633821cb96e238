import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {z} from 'zod';
import {readEnv} from './env.ts';
import {readPostgresAddress, withLogin} from './postgres-address.ts';
import {checkPostgres, poolerVariables, postgresOf, postgresVariables} from './postgres-variables.ts';

function fileWith(text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'madang-address-'));
  onTestFinished(() => rmSync(dir, {recursive: true}));
  writeFileSync(join(dir, 'file'), text);
  return join(dir, 'file');
}

test('reads several hosts, an IPv6 address, a socket, and what is left out', () => {
  const hostsOf = (url: string) => readPostgresAddress(url).hosts.map(({host, port}) => `${host} ${port}`);

  expect(
    hostsOf('postgres://u:p@a.example:6432,b.example,[::1]:5433/x?target_session_attrs=read-write'),
  ).toEqual(['a.example 6432', 'b.example 5432', '::1 5433']);
  expect(hostsOf('postgres:///x?host=/run/postgresql&port=5433')).toEqual(['/run/postgresql 5433']);
  expect(readPostgresAddress('postgres://me@host')).toMatchObject({
    user: 'me',
    password: undefined,
    database: undefined,
    tls: undefined,
  });
});

test('reads any characters of a user and a password', () => {
  const login = {user: 'us/er', password: 'p#s/s?w@rd%:, "ü$\\ \''};

  expect(readPostgresAddress(withLogin('postgres://other:one@host:5432/x', login))).toMatchObject(login);
  expect(readPostgresAddress(withLogin('postgres://host/x', login))).toMatchObject(login);
});

test('reads TLS as libpq does', () => {
  const ca = fileWith('an authority');
  const tlsOf = (query: string) => readPostgresAddress(`postgres://h/x?${query}`).tls;

  expect(tlsOf('sslmode=disable')).toBeUndefined();
  expect(tlsOf('sslmode=require')).toEqual({mode: 'require'});
  expect(tlsOf(`sslmode=require&sslrootcert=${ca}`)).toEqual({mode: 'verify-ca', ca: 'an authority'});
  expect(tlsOf(`sslmode=verify-full&sslrootcert=${ca}`)).toEqual({mode: 'verify-full', ca: 'an authority'});
  expect(tlsOf('sslmode=verify-full&sslrootcert=system')).toEqual({mode: 'verify-full'});
});

test.each([
  ['sslmode=prefer', 'sslmode must be disable, require, verify-ca or verify-full'],
  ['sslmode=verify-ca', 'sslmode=verify-ca needs sslrootcert'],
  ['sslrootcert=/no/such/file', 'sslrootcert cannot be read: ENOENT'],
  ['target_session_attrs=standby', 'target_session_attrs can only be read-write: every connection writes'],
  ['pgbouncer=true', 'knows no option pgbouncer, only host, port, sslmode'],
])('refuses %s in one line', (query, fault) => {
  const read = readEnv(z.object(postgresVariables), {DATABASE_URL: `postgres://u:hush@h/x?${query}`});

  expect(read).toEqual({faults: [expect.stringContaining(`DATABASE_URL: ${fault}`)]});
  expect(JSON.stringify(read)).not.toContain('hush');
});

test('a transaction pooler needs the direct address, and two passwords are one too many', () => {
  const all = checkPostgres(z.object({...postgresVariables, ...poolerVariables}));
  const faultsOf = (env: Record<string, string>) => {
    const read = readEnv(all, {DATABASE_URL: 'postgres://u:p@h/x', ...env});
    return 'faults' in read ? read.faults : [];
  };

  expect(faultsOf({DATABASE_POOLER: 'transaction'})).toEqual([
    'DATABASE_DIRECT_URL is required with DATABASE_POOLER=transaction',
  ]);
  expect(faultsOf({DATABASE_POOLER: 'statement'})).toEqual([
    'DATABASE_POOLER: must be session or transaction',
  ]);
  expect(faultsOf({DATABASE_DIRECT_URL: 'postgres://h/x'})).toEqual([
    'DATABASE_DIRECT_URL: needs DATABASE_POOLER, which says how DATABASE_URL is pooled',
  ]);
  expect(faultsOf({DATABASE_PASSWORD: 'other'})).toEqual([
    'DATABASE_PASSWORD: DATABASE_URL holds a password as well; keep one',
  ]);
  expect(faultsOf({DATABASE_POOLER: 'transaction', DATABASE_DIRECT_URL: 'postgres://u:p@h/x'})).toEqual([]);
});

test('a password file is read for each connection, and the last password holds while it is away', () => {
  const file = fileWith('the-first\n');
  const read = readEnv(z.object(postgresVariables), {
    DATABASE_URL: 'postgres://u@h/x',
    DATABASE_PASSWORD_FILE: file,
  });
  const {password} = postgresOf((read as {config: {DATABASE_URL: string}}).config);

  expect(password!()).toBe('the-first');
  writeFileSync(file, 'the-second\n');
  expect(password!()).toBe('the-second');
  rmSync(file);
  expect(password!()).toBe('the-second');
});
