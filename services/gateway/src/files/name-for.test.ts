import {expect, test} from 'vitest';
import {nameFor} from './name-for.ts';

test.each([
  ['cat.gif', 'image/gif', 'cat.gif'],
  ['IMG_0001.JPEG', 'image/jpeg', 'IMG_0001.jpg'],
  ['고양이.png', 'image/png', '고양이.png'],
  ['evil.html', 'image/gif', 'evil.gif'],
  ['../../etc/passwd', 'image/png', 'passwd.png'],
  ['C:\\Users\\me\\x.png', 'image/png', 'x.png'],
  ['a\r\nSet-Cookie: x=1.png', 'image/png', 'aSet-Cookie x=1.png'],
  ['gpj.\u202exe.png', 'image/png', 'gpj.xe.png'],
  ['<img src=x>.png', 'image/png', 'img src=x.png'],
  ['.htaccess', 'image/png', 'image.png'],
  ['nul\u0000.png', 'image/png', 'nul.png'],
  ['', 'image/webp', 'image.webp'],
  ['x'.repeat(300), 'image/webp', `${'x'.repeat(80)}.webp`],
])('%j of %s is called %s', (given, type, name) => {
  expect(nameFor(given, type)).toBe(name);
});
