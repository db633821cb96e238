import {Fatal} from '@madang/processes/fatal';
import {expect, test} from 'vitest';
import {readConfig} from './config.ts';

test('needs nothing to be set', () => {
  expect(readConfig({})).toEqual({
    nodes: 3,
    port: 8080,
    databaseUrl: undefined,
    migrationDatabaseUrl: undefined,
    adminDatabaseUrl: undefined,
    redisUrl: undefined,
    passedOn: {MADANG_ENV: 'development'},
  });
});

test('takes empty for unset, as compose files and shells leave it', () => {
  expect(readConfig({NODES: '', DATABASE_URL: ''})).toMatchObject({nodes: 3, databaseUrl: undefined});
});

test('passes on what belongs to the gateways', () => {
  const env = {NODES: '5', PORT: '9000', LOG_LEVEL: 'debug', MADANG_INSTALL: 'no'};
  expect(readConfig(env)).toMatchObject({
    nodes: 5,
    port: 9000,
    passedOn: {LOG_LEVEL: 'debug', MADANG_ENV: 'development'},
  });
  expect(readConfig(env).passedOn).not.toHaveProperty('MADANG_INSTALL');
});

const encoded = 'with # / ? @ % in its password as %23 %2F %3F %40 %25';

test.each([
  [{NODES: '0'}, 'NODES must be a whole number from 1 to 20'],
  [{NODES: 'many'}, 'NODES must be a whole number from 1 to 20'],
  [{PORT: '70000'}, 'PORT must be a whole number from 1 to 65535'],
  [{DATABASE_URL: 'mysql://me:secret@db/x'}, `DATABASE_URL must be a postgres:// address, ${encoded}`],
  [{DATABASE_URL: 'postgres://me:12#secret@db/x'}, `DATABASE_URL must be a postgres:// address, ${encoded}`],
  [{REDIS_URL: '127.0.0.1:6379'}, `REDIS_URL must be a redis:// address, ${encoded}`],
])('refuses %j in one line', (env, message) => {
  expect(() => readConfig(env)).toThrow(new Fatal(message));
});
