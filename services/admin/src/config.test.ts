import {afterEach, expect, test, vi} from 'vitest';
import {readConfig} from './config.ts';

afterEach(() => vi.unstubAllEnvs());

test('works in the containers of the development mode, whose secrets everyone knows', () => {
  vi.stubEnv('MADANG_ENV', 'development');
  vi.stubEnv('DATABASE_URL', 'postgres://madang:throw-away-postgres@postgres:5432/madang');
  vi.stubEnv('REDIS_URL', 'redis://madang:throw-away-redis@redis:6379');

  expect(readConfig().REDIS_PREFIX).toBe('madang:');
});
