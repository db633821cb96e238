import {expect, test} from 'vitest';
import {checkedAddress} from './client-address.ts';
import {createClient} from './client.ts';

test.each([undefined, null, '', 'chat.example', 'localhost:8080', 'ftp://chat.example', 7, {}])(
  'says that %o is no url',
  (url) => {
    expect(() => createClient({url: url as string})).toThrow(/createClient needs a url/);
  },
);

test.each(['', 'mds_a\n', 'mds a', null, 7])('says that %o is no token, and does not show it', (token) => {
  const make = () => createClient({url: 'http://chat.example', token: token as string});

  expect(make).toThrow(/createClient needs a token/);
  expect(make).not.toThrow(/mds_a/);
});

test('does without a token', () => {
  expect(createClient({url: 'http://chat.example:8080/', token: undefined as never}).status).toBe('offline');
});

test.each([
  ['https://chat.example/', 'https://chat.example'],
  ['https://example.com/chat/', 'https://example.com/chat'],
  ['https://example.com/a/b?c#d', 'https://example.com/a/b'],
])('%s is the address %s', (url, address) => {
  expect(checkedAddress(url)).toBe(address);
});
