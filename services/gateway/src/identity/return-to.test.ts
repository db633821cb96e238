import {expect, test} from 'vitest';
import {safeReturn, signInPage} from './return-to.ts';
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
  expect(signInPage('/', 'access_denied')).toBe('/sign-in?error=access_denied');
  expect(signInPage('/rooms/1?a=b', 'expired')).toBe('/sign-in?error=expired&next=%2Frooms%2F1%3Fa%3Db');
  expect(signInPage('https://app.example/x', 'a&b')).toBe(
    'https://app.example/sign-in?error=a%26b&next=%2Fx',
  );
});
