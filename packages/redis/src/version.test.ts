import {expect, test} from 'vitest';
import {requireVersion} from './version.ts';

test.each(['7.0.0', '7.2.5', '8.0.1', '10.1.0'])('accepts Redis %s', (version) => {
  expect(() =>
    requireVersion(`# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n`),
  ).not.toThrow();
});

test.each(['6.2.14', '5.0.0'])('refuses Redis %s in one line', (version) => {
  expect(() => requireVersion(`redis_version:${version}\r\n`)).toThrow(
    `Redis ${version} is too old: 7.0 or newer is needed`,
  );
});
