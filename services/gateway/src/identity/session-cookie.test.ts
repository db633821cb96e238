import {expect, test} from 'vitest';
import {sessionCookie} from './session-cookie.ts';

const SESSION_MAX_SECONDS = 60;
const COOKIE_NAME = 'madang';

test('over http the cookie is HttpOnly and Lax', () => {
  const cookie = sessionCookie({COOKIE_NAME, COOKIE_SAME_SITE: 'lax', SESSION_MAX_SECONDS});

  expect(cookie).toEqual({
    name: 'madang',
    flags: {path: '/', httpOnly: true, secure: false, sameSite: 'lax'},
    maxAgeMs: 60_000,
  });
});

test('over https it is Secure and bound to its host', () => {
  const cookie = sessionCookie({
    COOKIE_NAME,
    PUBLIC_URL: 'https://chat.example/chat',
    COOKIE_SAME_SITE: 'lax',
    SESSION_MAX_SECONDS,
  });

  expect(cookie.name).toBe('__Host-madang');
  expect(cookie.flags).toEqual({path: '/', httpOnly: true, secure: true, sameSite: 'lax'});
});

test('for front ends on another site it is Secure and Partitioned, whatever the public address and the name', () => {
  const cookie = sessionCookie({COOKIE_NAME: 'team', COOKIE_SAME_SITE: 'none', SESSION_MAX_SECONDS});

  expect(cookie.name).toBe('__Host-team');
  expect(cookie.flags).toEqual({
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'none',
    partitioned: true,
  });
});
