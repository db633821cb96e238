import {expect, test} from 'vitest';
import {addressOfPage, safeReturn, signInPage} from './return-to.ts';
import {compileTrust} from './trusted-proxies.ts';

const config = {
  TRUST_PROXY: compileTrust([]),
  PUBLIC_URL: 'https://chat.example',
  ALLOWED_ORIGINS: ['https://app.example'],
};
const own = 'https://chat.example';

test.each([
  ['/rooms/1?a=b#c', '/rooms/1?a=b#c'],
  ['rooms', '/rooms'],
  ['https://chat.example/rooms', '/rooms'],
  ['https://app.example/rooms?x=1', 'https://app.example/rooms?x=1'],
])('%s leads back to %s', (given, page) => {
  expect(safeReturn(config, own, given)).toBe(page);
});

test.each([
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  'https://evil.example',
  'https://chat.example.evil.example',
  'https://chat.example@evil.example',
  'http://chat.example/over-plain-http',
  'https://app.example//evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'https://[',
  '',
  undefined,
  ['/a', '/b'],
])('%j leads to the front page', (given) => {
  expect(safeReturn(config, own, given)).toBe('/');
});

test('the sign-in page tells the reason and where to go on', () => {
  expect(signInPage(config, '/', 'access_denied')).toBe('/sign-in?error=access_denied');
  expect(signInPage(config, '/rooms/1?a=b', 'expired')).toBe(
    '/sign-in?error=expired&next=%2Frooms%2F1%3Fa%3Db',
  );
  expect(signInPage(config, 'https://app.example/x', 'a&b')).toBe(
    'https://app.example/sign-in?error=a%26b&next=%2Fx',
  );
});

test('below a path, pages are named without it, and browsers are sent below it', () => {
  const below = {
    ...config,
    PUBLIC_URL: 'https://chat.example/chat',
    ALLOWED_ORIGINS: ['https://*.app.example'],
  };

  expect(safeReturn(below, own, '/rooms/1')).toBe('/rooms/1');
  expect(safeReturn(below, own, 'https://chat.example/chat/rooms/1')).toBe('/rooms/1');
  expect(safeReturn(below, own, 'https://shop.app.example/x')).toBe('https://shop.app.example/x');
  expect(safeReturn(below, own, 'https://app.example/x')).toBe('/');
  expect(addressOfPage(below, '/rooms/1')).toBe('/chat/rooms/1');
  expect(addressOfPage(below, 'https://shop.app.example/x')).toBe('https://shop.app.example/x');
  expect(signInPage(below, 'https://chat.example/chat/rooms/1', 'expired')).toBe(
    'https://chat.example/chat/sign-in?error=expired&next=%2Frooms%2F1',
  );
});
