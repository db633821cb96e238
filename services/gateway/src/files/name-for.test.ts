import {expect, test} from 'vitest';
import {mostLookedAt} from '../../test/support/looked-at.ts';
import {texts} from '../../test/support/long-texts.ts';
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
  [`a.${'x'.repeat(400)}.png`, 'image/png', `a.${'x'.repeat(78)}.png`],
  [`${'x'.repeat(90_000)}\\a.png`, 'image/png', 'a.png'],
])('%j of %s is called %s', (given, type, name) => {
  expect(nameFor(given, type)).toBe(name);
});

// The header of a part can hold 80 KiB.
test.each(texts)('of a name that is 64 KiB of %s, no more is looked at than can be shown', (_, text) => {
  for (const given of [text, `${text}/`, `/${text}`, `${text}\\cat.png`]) {
    expect(mostLookedAt(text, () => nameFor(given, 'image/png'))).toBeLessThanOrEqual(1_000);
  }
});
