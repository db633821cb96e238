import {expect, test} from 'vitest';
import {includesOrigin, isOriginEntry} from './origins.ts';

test.each([
  'https://shop.example',
  'http://localhost:5173',
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'app://order-desk',
  'chrome-extension://abcdefghijklmnop',
  'https://*.shop.example',
  'http://*.shop.example:8080',
])('%s can be listed, and no page of another origin matches it', (entry) => {
  const itself = entry.replace('*', 'www.eu');

  expect(isOriginEntry(entry)).toBe(true);
  expect(includesOrigin(['https://first.example', entry], itself)).toBe(true);
  for (const other of ['null', '', `${itself}.evil.example`, `${itself}/`, 'https://evil.example'])
    expect([other, includesOrigin([entry], other)]).toEqual([other, false]);
});

test.each([
  '*',
  'null',
  'https://*',
  'https://*.example',
  'https://*.*.example',
  'https://a*.shop.example',
  'https://shop.*',
  '*.shop.example',
  'https://*.shop.example/',
  'https://shop.example/',
  'https://SHOP.example',
  'https://shop.example:443',
  'file://',
  'file://localhost',
  'capacitor://',
  'capacitor://localhost/',
  'capacitor://*',
  'data://x',
  'javascript://x',
  'shop.example',
  '',
])('%j is refused, since it would match nothing, or anything', (entry) => {
  expect(isOriginEntry(entry)).toBe(false);
});

test('a wildcard stands for subdomains of the same scheme and port, and not for the domain itself', () => {
  const entries = ['https://*.shop.example'];

  for (const origin of [
    'https://shop.example',
    'http://www.shop.example',
    'https://www.shop.example:8443',
    'https://myshop.example',
    'https://evil.example/.shop.example',
    'https://evil.example#.shop.example',
    'https://user@.shop.example',
    'https://.shop.example',
  ])
    expect([origin, includesOrigin(entries, origin)]).toEqual([origin, false]);
});
