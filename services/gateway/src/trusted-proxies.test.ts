import {expect, test} from 'vitest';
import {addressOf, hostOf, protocolOf} from './trusted-proxies.ts';

const peer = '10.0.0.9';

test.each([
  [0, '1.1.1.1', peer],
  [1, '1.1.1.1', '1.1.1.1'],
  [1, '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  [1, '6.6.6.6,1.1.1.1', '1.1.1.1'],
  [2, '6.6.6.6, 1.1.1.1, 10.0.0.1', '1.1.1.1'],
  [3, '1.1.1.1, 10.0.0.1', '1.1.1.1'],
  [1, undefined, peer],
  [1, '', peer],
  [1, 'unknown', peer],
  [1, '6.6.6.6, ', peer],
  [1, '2001:db8::1', '2001:db8:0:0::/64'],
  [1, '2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  [1, '::1', '0:0:0:0::/64'],
  [1, '64:ff9b::1.2.3.4', '64:ff9b:0:0::/64'],
  [1, 'fe80::1%eth0', 'fe80:0:0:0::/64'],
  [1, '::ffff:1.1.1.1', '1.1.1.1'],
])('with %i trusted proxies and X-Forwarded-For %s the address is %s', (hops, forwarded, expected) => {
  expect(addressOf(hops, peer, {'x-forwarded-for': forwarded})).toBe(expected);
});

test('spells the address of a dual-stack socket as IPv4', () => {
  expect(addressOf(0, '::ffff:127.0.0.1', {})).toBe('127.0.0.1');
});

test('reads the host from the trusted proxy, else from the request', () => {
  const headers = {host: 'node-1:3000', 'x-forwarded-host': 'evil.example, Chat.Example'};

  expect(hostOf(0, headers)).toBe('node-1:3000');
  expect(hostOf(1, headers)).toBe('chat.example');
  expect(hostOf(1, {host: 'Chat.Example'})).toBe('chat.example');
  expect(hostOf(0, {host: '[::1]:3000'})).toBe('[::1]:3000');
  expect(hostOf(0, {host: 'a/b'})).toBeUndefined();
  expect(hostOf(0, {})).toBeUndefined();
});

test('reads the protocol from a trusted proxy alone', () => {
  expect(protocolOf(1, {'x-forwarded-proto': 'https'})).toBe('https');
  expect(protocolOf(0, {'x-forwarded-proto': 'https'})).toBeUndefined();
  expect(protocolOf(1, {'x-forwarded-proto': 'gopher'})).toBeUndefined();
});
