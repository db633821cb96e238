import {expect, test} from 'vitest';
import {compileAllowed, isPublicAddress} from './outbound-address.ts';

// IANA's registries of special-purpose addresses, with the first and last address of each block, and texts that only look
// like addresses.
const special = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.31.196.0', '192.31.196.255'],
  ['192.52.193.0', '192.52.193.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['192.175.48.0', '192.175.48.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.255'],
  ['::', '::1'],
  ['::7f00:1', '::127.0.0.1'],
  ['::ffff:0.0.0.0', '::ffff:255.255.255.255'],
  ['::ffff:7f00:1', '::ffff:808:808'],
  ['::ffff:0:7f00:1', '::ffff:0:808:808'],
  ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8'],
  ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['100::', '100::ffff:ffff:ffff:ffff'],
  ['100:0:0:1::', '100:0:0:1:ffff:ffff:ffff:ffff'],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
  ['2001:10::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::', '2002:7f00:1::'],
  ['2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['4000::1', 'e000::1'],
  ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::', 'fe80::1%lo'],
  ['fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['', 'localhost'],
  ['8.8.8', '134744072'],
  ['010.8.8.8', '0x8.8.8.8'],
].flat();

test.each(special)('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '8.8.8.8',
  '1.0.0.1',
  '9.255.255.255',
  '100.128.0.0',
  '172.32.0.1',
  '193.0.0.1',
  '223.255.255.255',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each(['2606:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2003::1'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test('an operator allows addresses and networks, and nothing beside them', () => {
  const allowed = compileAllowed(['10.1.0.0/16', '127.0.0.2', 'fd00:1::/32']);

  const inside = ['10.1.0.0', '10.1.255.255', '127.0.0.2', 'fd00:1:ffff::1'];
  const outside = ['10.0.255.255', '10.2.0.0', '127.0.0.1', 'fd00:2::1', '::ffff:127.0.0.2', '::1', 'x', ''];
  expect(inside.filter((address) => !allowed.has(address))).toEqual([]);
  expect(outside.filter((address) => allowed.has(address))).toEqual([]);
});

test.each([
  '',
  'localhost',
  '10.1',
  '10.1.0.0/33',
  '10.1.0.0/',
  '/8',
  '0x7f.0.0.1/8',
  'fd00::/129',
  '10.0.0.0/8x',
])('refuses %j where a network is expected', (text) => {
  expect(() => compileAllowed([text])).toThrow(TypeError);
});
