import {expect, test} from 'vitest';
import {isExactPath, pathBuilder, textPart} from './path.ts';

const path = pathBuilder((message) => new TypeError(message));

test('puts ids into a path as they are', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';

  expect(path`/rooms/${id}/members/${id}`).toBe(`/rooms/${id}/members/${id}`);
});

// What a URL would take for something else than one part of a path, and what a template would make a word of.
const unsafe: unknown[] = [
  '',
  '.',
  '..',
  '%2e',
  '%2E%2e',
  '.%2e',
  'a/b',
  '/',
  '..\\x',
  'a\\b',
  'a\tb',
  'a\0b',
];
const noText: unknown[] = [undefined, null, 7, NaN, {}, [], ['a'], true, Symbol('id'), new String('a')];

test.each([...unsafe, ...noText])('refuses %o as an id', (id) => {
  expect(() => path`/rooms/${id as string}/members`).toThrow(TypeError);
});

test.each(['a?b', 'a#b', 'ä', 'a b', '%', '%2f', 'a;b', '...', '.a'])(
  'keeps %o one part of the path',
  (id) => {
    const {pathname, search, hash} = new URL(`http://host/rooms${path`/${id}`}`);

    expect({
      parts: pathname.split('/').length,
      id: decodeURIComponent(pathname.slice(7)),
      search,
      hash,
    }).toEqual({
      parts: 3,
      id,
      search: '',
      hash: '',
    });
  },
);

test('takes a slash in a text of the caller, and no dot segment', () => {
  expect(path`/users/${textPart('customer/7 ä')}`).toBe('/users/customer%2F7%20%C3%A4');
  for (const text of ['', '.', '..', 7 as never])
    expect(() => path`/users/${textPart(text)}`).toThrow(TypeError);
});

test('refuses half of a surrogate pair, which no address can hold', () => {
  expect(() => path`/users/${textPart('\ud800')}`).toThrow(TypeError);
});

test.each(['/rooms', '/rooms/1/members', '/users?after=a/../b//', '/', '/a%2fb', '/.well-known'])(
  'a URL leaves the path %s as it is',
  (exact) => {
    expect(isExactPath(exact)).toBe(true);
  },
);

test.each([
  'rooms',
  '',
  '/rooms/',
  '/rooms/?a=1',
  '//rooms',
  '/rooms//members',
  '/rooms/..',
  '/rooms/.',
  '/rooms/%2e%2E/members',
  '/rooms/.%2e',
  '/rooms\\..',
  '/rooms/1#members',
  '/rooms/\t..',
  '/rooms/..\u0001',
])('the path %j is not exact', (path) => {
  expect(isExactPath(path)).toBe(false);
});
