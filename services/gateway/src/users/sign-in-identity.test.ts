import {username} from '@madang/protocol/fields';
import {expect, test} from 'vitest';
import {namesOf} from './sign-in-identity.ts';

test.each([
  ['octocat', 'octocat', 'octocat-2'],
  ['ab', 'ab', 'ab-2'],
  ['x', 'github-user-2', 'github-user-3'],
  ['प्रियंका', 'प्रियंका', 'प्रियंका-2'],
  ['<i>mo na</i>', 'imonai', 'imonai-2'],
  ['안녕하세요', '안녕하세요', '안녕하세요-2'],
  ['x'.repeat(39), 'x'.repeat(25), `${'x'.repeat(25)}-2`],
])('a provider calls someone %s, who is %s here, else %s', (login, first, second) => {
  const names = [...namesOf(login, 'github')];

  expect(names.slice(0, 2)).toEqual([first, second]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect([name, username.safeParse(name).success]).toEqual([name, true]);
});
