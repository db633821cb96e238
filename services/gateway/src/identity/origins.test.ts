import type {IncomingHttpHeaders} from 'node:http';
import {expect, test} from 'vitest';
import {isAllowedOrigin, type OriginConfig} from './origins.ts';
import {compileTrust} from './trusted-proxies.ts';

const config: OriginConfig = {
  TRUST_PROXY: compileTrust([]),
  PUBLIC_URL: undefined,
  ALLOWED_ORIGINS: [
    'https://shop.example',
    'http://localhost:5173',
    'https://*.team.example',
    'capacitor://localhost',
  ],
};
const host = 'chat.example:8080';
const from = (headers: IncomingHttpHeaders) => ({headers, socket: {remoteAddress: '10.0.0.9'}});

test.each([
  ['its own', 'http://chat.example:8080', true],
  ['a listed one', 'https://shop.example', true],
  ['a listed one with a port', 'http://localhost:5173', true],
  ['a subdomain of a listed domain', 'https://eu.team.example', true],
  ['the web view of a listed app', 'capacitor://localhost', true],
  ['the web view of another app', 'ionic://localhost', false],
  ['null', 'null', false],
  ['an empty one', '', false],
  ['another site', 'https://evil.example', false],
  ['its own without the port', 'http://chat.example', false],
  ['its own on another port', 'http://chat.example:8081', false],
  ['its own by another scheme', 'https://chat.example:8080', false],
  ['a listed one by another scheme', 'http://shop.example', false],
  ['a listed one on another port', 'https://shop.example:8443', false],
  ['a subdomain of a listed one', 'https://www.shop.example', false],
  ['a name that ends like a listed one', 'https://myshop.example', false],
  ['a name that begins like a listed one', 'https://shop.example.evil.example', false],
  ['a trailing dot', 'https://shop.example.', false],
  ['a trailing slash', 'https://shop.example/', false],
  ['a path', 'https://shop.example/page', false],
  ['capitals', 'https://SHOP.example', false],
  ['a user name', 'https://shop.example@evil.example', false],
  ['letters that look alike', 'https://ѕhop.example', false],
  ['two at once', 'https://shop.example, https://evil.example', false],
  ['the wildcard', '*', false],
  ['a file', 'file://', false],
])('judges an origin that is %s', (_what, origin, expected) => {
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    expect(isAllowedOrigin(config, method, from({host, origin}))).toBe(expected);
  }
});

test.each([
  ['GET', 'cross-site', true],
  ['HEAD', 'cross-site', true],
  ['POST', undefined, true],
  ['POST', 'same-origin', true],
  ['POST', 'none', true],
  ['POST', 'same-site', false],
  ['POST', 'cross-site', false],
  ['PATCH', 'cross-site', false],
  ['DELETE', 'same-site', false],
])('without an origin, judges %s by Sec-Fetch-Site %s', (method, site, expected) => {
  expect(isAllowedOrigin(config, method, from({host, 'sec-fetch-site': site}))).toBe(expected);
});

test('takes pages of an https PUBLIC_URL, and not of http under the same name', () => {
  const secure = {...config, PUBLIC_URL: 'https://chat.example/below/a/path'};

  expect(isAllowedOrigin(secure, 'POST', from({host: 'node-1:3000', origin: 'https://chat.example'}))).toBe(
    true,
  );
  expect(isAllowedOrigin(secure, 'POST', from({host: 'chat.example', origin: 'https://chat.example'}))).toBe(
    true,
  );
  expect(isAllowedOrigin(secure, 'POST', from({host: 'chat.example', origin: 'http://chat.example'}))).toBe(
    false,
  );
});

test('believes a proxy about host and scheme only if it is trusted', () => {
  const headers = {
    host: 'node-1:3000',
    origin: 'https://chat.example',
    'x-forwarded-host': 'chat.example',
    'x-forwarded-proto': 'https',
  };

  expect(isAllowedOrigin(config, 'POST', from(headers))).toBe(false);
  expect(isAllowedOrigin({...config, TRUST_PROXY: compileTrust(['1'])}, 'POST', from(headers))).toBe(true);
});

test('does not take what a client put before the trusted host', () => {
  const headers = {origin: 'http://evil.example', 'x-forwarded-host': 'evil.example, chat.example'};

  expect(isAllowedOrigin({...config, TRUST_PROXY: compileTrust(['1'])}, 'POST', from(headers))).toBe(false);
});

test('allows no own origin for a host that is no host name', () => {
  expect(isAllowedOrigin(config, 'POST', from({host: 'a@evil.example', origin: 'http://evil.example'}))).toBe(
    false,
  );
  expect(isAllowedOrigin(config, 'POST', from({origin: 'http://evil.example'}))).toBe(false);
});
