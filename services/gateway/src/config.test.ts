import {readEnv} from '@madang/runtime/env';
import {expect, test} from 'vitest';
import {schema} from './config.ts';

const least = {
  MADANG_ENV: 'development',
  DATABASE_URL: 'postgres://madang@127.0.0.1/madang',
  REDIS_URL: 'redis://127.0.0.1',
  SESSION_SECRET: 'a secret of the tests that is long enough',
};

const faultsOf = (given: Record<string, string>) => {
  const read = readEnv(schema, {...least, ...given});
  return 'faults' in read ? read.faults : [];
};

test('the defaults fit each other', () => {
  expect(faultsOf({})).toEqual([]);
});

test.each([
  [{PULSE_MAX_AGE_MS: '1000'}, {PULSE_MAX_AGE_MS: '1001'}],
  [
    {PULSE_MS: '1500', NODE_LEASE_MS: '4499'},
    {PULSE_MS: '1500', NODE_LEASE_MS: '4500'},
  ],
  [{SLOW_READER_BYTES: '65535'}, {SLOW_READER_BYTES: '65536'}],
  [{OCCUPANCY_LEASE_MS: '5999'}, {OCCUPANCY_LEASE_MS: '6000'}],
  [
    {SESSION_IDLE_SECONDS: '100', SESSION_MAX_SECONDS: '99'},
    {SESSION_IDLE_SECONDS: '100', SESSION_MAX_SECONDS: '100'},
  ],
  [{SESSION_MAX_SECONDS: '7776001'}, {SESSION_MAX_SECONDS: '7776000'}],
  [
    {COOKIE_SAME_SITE: 'none', PUBLIC_URL: 'http://chat.example'},
    {COOKIE_SAME_SITE: 'none', PUBLIC_URL: 'https://chat.example'},
  ],
] as Record<string, string>[][])(
  'refuses %j in one line that names the variable, and takes %j',
  (wrong, right) => {
    const faults = faultsOf(wrong!);

    expect(faults).toHaveLength(1);
    expect(Object.keys(wrong!)).toContain(faults[0]!.split(':')[0]);
    expect(faultsOf(right!)).toEqual([]);
  },
);
