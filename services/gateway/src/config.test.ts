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

const readWith = (given: Record<string, string>) => {
  const read = readEnv(schema, {...least, ...given});
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  return read.config;
};

test('an idle connection outlives those of the usual balancers', () => {
  expect(readWith({}).HTTP_KEEP_ALIVE_MS).toBeGreaterThan(65_000);
});

test.each([
  ['https://chat.example', 'https://chat.example'],
  ['https://chat.example/', 'https://chat.example'],
  ['https://Example.com:8443/chat/', 'https://example.com:8443/chat'],
  ['http://localhost:8080/a/b', 'http://localhost:8080/a/b'],
])('PUBLIC_URL=%s is the address %s', (given, address) => {
  expect(readWith({PUBLIC_URL: given}).PUBLIC_URL).toBe(address);
});

test.each([
  {PUBLIC_URL: 'https://me@chat.example'},
  {PUBLIC_URL: 'https://chat.example/?x'},
  {PUBLIC_URL: 'https://chat.example/#x'},
  {PUBLIC_URL: 'https://chat.example/a//b'},
  {PUBLIC_URL: 'https://chat.example/"onload=x'},
  {ALLOWED_ORIGINS: 'https://*'},
  {ALLOWED_ORIGINS: '*'},
  {ALLOWED_ORIGINS: 'https://shop.example,file://'},
  {COOKIE_NAME: 'a b'},
  {COOKIE_NAME: '__Host-madang'},
  {COOKIE_NAME: 'madang-device'},
] as Record<string, string>[])('refuses %j in one line that names the variable', (given) => {
  const faults = faultsOf(given);

  expect(faults).toHaveLength(1);
  expect(faults[0]!.split(':')[0]).toBe(Object.keys(given)[0]);
});

test('takes origins of pages, of their subdomains and of apps', () => {
  const given =
    'https://shop.example/, https://*.shop.example, capacitor://localhost, ionic://localhost, tauri://localhost';

  expect(readWith({ALLOWED_ORIGINS: given}).ALLOWED_ORIGINS).toEqual([
    'https://shop.example',
    'https://*.shop.example',
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
  ]);
});

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
