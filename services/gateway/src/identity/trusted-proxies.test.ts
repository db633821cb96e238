import {expect, test} from 'vitest';
import {addressOf, compileTrust, hostOf, protocolOf} from './trusted-proxies.ts';

const peer = '10.0.0.9';
const call = (headers: Record<string, string | undefined>, remoteAddress: string | undefined = peer) => ({
  headers,
  socket: {remoteAddress},
});
const trusting = (text: string) => compileTrust(text === '' ? [] : text.split(', '));

test.each([
  ['0', '1.1.1.1', peer],
  ['', '1.1.1.1', peer],
  ['1', '1.1.1.1', '1.1.1.1'],
  ['1', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  ['1', '6.6.6.6,1.1.1.1', '1.1.1.1'],
  ['1', '6.6.6.6,\t1.1.1.1\t', '1.1.1.1'],
  ['2', '6.6.6.6, 1.1.1.1, 10.0.0.1', '1.1.1.1'],
  ['3', '1.1.1.1, 10.0.0.1', '1.1.1.1'],
  ['1', undefined, peer],
  ['1', '', peer],
  ['1', 'unknown', peer],
  ['1', '_hidden', peer],
  ['1', '6.6.6.6, ', peer],
  ['1', '6.6.6.6, unknown', peer],
  ['1', '16843009', peer],
  ['1', '0x1010101', peer],
  ['1', '1.1.1.1:5678', '1.1.1.1'],
  ['1', '[2001:db8::1]:443', '2001:db8::/64'],
  ['1', '[2001:db8::1]', '2001:db8::/64'],
  ['1', '2001:db8::1', '2001:db8::/64'],
  ['1', '2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['1', '::1', '::/64'],
  ['1', 'fe80::1%eth0', 'fe80::/64'],
  ['1', '::ffff:1.1.1.1', '1.1.1.1'],
  ['1', '::ffff:101:101', '1.1.1.1'],
  ['1', '64:ff9b::1.2.3.4', '1.2.3.4'],
  ['10.0.0.0/8', '1.1.1.1', '1.1.1.1'],
  ['10.0.0.9', '1.1.1.1', '1.1.1.1'],
  ['::ffff:10.0.0.0/104', '1.1.1.1', '1.1.1.1'],
  ['10.1.0.0/16', '1.1.1.1', peer],
  ['10.0.0.0/8', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  ['10.0.0.0/8', '6.6.6.6, 1.1.1.1, 10.0.0.1, ::ffff:10.0.0.2', '1.1.1.1'],
  ['10.0.0.0/8', '6.6.6.6, 1.1.1.1, 10.0.0.1:1234', '1.1.1.1'],
  ['10.0.0.0/8', '1.1.1.1, unknown', peer],
  ['10.0.0.0/8', '10.0.0.2, 10.0.0.1', '10.0.0.2'],
  ['10.0.0.9, 2001:db8::/32', '2001:db9::7, 2001:db8::1', '2001:db9::/64'],
  ['uniquelocal', '6.6.6.6, 1.1.1.1, 192.168.0.1', '1.1.1.1'],
  ['loopback', '1.1.1.1', peer],
  ['1, 203.0.113.0/24', '6.6.6.6, 1.1.1.1, 203.0.113.7', '1.1.1.1'],
  ['1, 203.0.113.0/24', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  ['1, 127.0.0.1', '6.6.6.6, 192.0.2.7, 127.0.0.1', '192.0.2.7'],
  ['1, 203.0.113.0/24', '203.0.113.7, 1.1.1.1', '1.1.1.1'],
])('with %s trusted and X-Forwarded-For %s the address is %s', (trusted, forwarded, expected) => {
  expect(addressOf(trusting(trusted), call({'x-forwarded-for': forwarded}))).toBe(expected);
});

test('spells the address of a dual-stack socket as IPv4, and trusts it as that', () => {
  const headers = {'x-forwarded-for': '1.1.1.1'};

  expect(addressOf(trusting('0'), call({}, '::ffff:127.0.0.1'))).toBe('127.0.0.1');
  expect(addressOf(trusting('loopback'), call(headers, '::ffff:127.0.0.1'))).toBe('1.1.1.1');
  expect(addressOf(trusting('::ffff:127.0.0.1'), call(headers, '127.0.0.1'))).toBe('1.1.1.1');
});

test('has no address for a connection that is gone, and no fault', () => {
  expect(addressOf(trusting('loopback'), {headers: {}, socket: {}})).toBe('');
});

test('reads the host from a trusted proxy, else from the request', () => {
  const headers = {host: 'node-1:3000', 'x-forwarded-host': 'evil.example, Chat.Example'};

  expect(hostOf(trusting('0'), call(headers))).toBe('node-1:3000');
  expect(hostOf(trusting('192.0.2.0/24'), call(headers))).toBe('node-1:3000');
  expect(hostOf(trusting('1'), call(headers))).toBe('chat.example');
  expect(hostOf(trusting('10.0.0.0/8'), call(headers))).toBe('chat.example');
  expect(hostOf(trusting('1'), call({host: 'Chat.Example'}))).toBe('chat.example');
  expect(hostOf(trusting('0'), call({host: '[::1]:3000'}))).toBe('[::1]:3000');
  expect(hostOf(trusting('0'), call({host: 'a/b'}))).toBeUndefined();
  expect(hostOf(trusting('0'), call({}))).toBeUndefined();
});

test('takes the host that the outermost of several trusted proxies wrote', () => {
  const headers = {
    'x-forwarded-for': '6.6.6.6, 1.1.1.1, 10.0.0.1',
    'x-forwarded-host': 'evil.example, chat.example, inner.example',
  };

  expect(hostOf(trusting('10.0.0.0/8'), call(headers))).toBe('chat.example');
});

test('reads the protocol from a trusted proxy alone', () => {
  expect(protocolOf(trusting('1'), call({'x-forwarded-proto': 'https'}))).toBe('https');
  expect(protocolOf(trusting('uniquelocal'), call({'x-forwarded-proto': 'https'}))).toBe('https');
  expect(protocolOf(trusting('0'), call({'x-forwarded-proto': 'https'}))).toBeUndefined();
  expect(protocolOf(trusting('loopback'), call({'x-forwarded-proto': 'https'}))).toBeUndefined();
  expect(protocolOf(trusting('1'), call({'x-forwarded-proto': 'gopher'}))).toBeUndefined();
});

test.each(['11', '1, 2', 'everyone', 'true', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0', 'example.com'])(
  'refuses %s as a list of trusted proxies',
  (list) => {
    expect(() => trusting(list)).toThrow(TypeError);
  },
);
