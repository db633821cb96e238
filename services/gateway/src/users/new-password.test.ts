import {limits} from '@madang/protocol/limits';
import {expect, test} from 'vitest';
import {requireGoodPassword} from './new-password.ts';

const refusal = (password: string, username = 'mina') => {
  try {
    requireGoodPassword(password, username);
    return undefined;
  } catch (error) {
    return (error as {code: string}).code;
  }
};

test.each([
  'password',
  'PASSWORD',
  'P@ssw0rd',
  'password2026',
  'Password1!',
  '12345678',
  '87654321',
  '0123456789',
  'aaaaaaaa',
  'abababab',
  '12341234',
  'abcdefgh',
  'qwertyuiop',
  'iloveyou',
  'ｐａｓｓｗｏｒｄ',
  '가가가가가가가가',
  'passwordpassword',
  'a'.repeat(limits.passwordChars),
])('%s is refused', (password) => {
  expect(refusal(password)).toBe('invalid');
});

test.each(['mina.kim', 'Mina.Kim', 'mina.kim1', 'mina.kim2026', 'mik.anim'])(
  'the name of the account, %s, is refused as its password',
  (password) => {
    expect(refusal(password, 'mina.kim')).toBe('invalid');
  },
);

test.each([
  'correct horse',
  'open the gates',
  'x7#kPq2v',
  '마당에서 만나요 우리',
  'vqzkwjxh',
  'a page a day',
])('%s is taken', (password) => {
  expect(refusal(password)).toBeUndefined();
});

test('the refusal says what to do, and why in a field for programs', () => {
  expect(() => requireGoodPassword('password', 'mina')).toThrowError(
    expect.objectContaining({
      message: expect.stringContaining('Choose'),
      details: {reason: 'guessable_password'},
    }),
  );
});
