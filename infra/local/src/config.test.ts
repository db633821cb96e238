import {Fatal} from '@madang/processes/fatal';
import {expect, test} from 'vitest';
import {readConfig} from './config.ts';

test('needs nothing to be set', () => {
  expect(readConfig({})).toEqual({
    nodes: 3,
    port: 8080,
    databaseUrl: undefined,
    redisUrl: undefined,
    passedOn: {},
  });
});

test('takes empty for unset, as compose files and shells leave it', () => {
  expect(readConfig({NODES: '', DATABASE_URL: ''})).toMatchObject({nodes: 3, databaseUrl: undefined});
});

test('passes on what belongs to the gateways', () => {
  expect(readConfig({NODES: '5', PORT: '9000', LOG_LEVEL: 'debug'})).toMatchObject({
    nodes: 5,
    port: 9000,
    passedOn: {LOG_LEVEL: 'debug'},
  });
});

test.each([
  [{NODES: '0'}, 'NODES must be a whole number from 1 to 20, not "0"'],
  [{NODES: 'many'}, 'NODES must be a whole number from 1 to 20, not "many"'],
  [{PORT: '70000'}, 'PORT must be a whole number from 1 to 65535, not "70000"'],
  [{DATABASE_URL: 'mysql://me:secret@db/x'}, 'DATABASE_URL must be a postgres:// address'],
  [{REDIS_URL: '127.0.0.1:6379'}, 'REDIS_URL must be a redis:// address'],
])('refuses %j in one line', (env, message) => {
  expect(() => readConfig(env)).toThrow(new Fatal(message));
});
