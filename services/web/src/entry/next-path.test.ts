import {expect, test} from 'vitest';
import {pathAfterEntry} from './next-path.ts';

const after = (next: string) => pathAfterEntry(new URLSearchParams({next}));

test('leads back to the page that was asked for', () => {
  expect(after('/profile')).toBe('/profile');
  expect(after('/rooms/0198?x=1')).toBe('/rooms/0198?x=1');
  expect(pathAfterEntry(new URLSearchParams())).toBe('/');
});

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  'evil',
  '\t//evil',
])('leads nowhere else, such as %j', (next) => {
  expect(after(next)).toBe('/');
});
