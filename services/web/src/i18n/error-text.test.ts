import {CallError, type ErrorCode} from '@madang/client/client';
import {expect, test} from 'vitest';
import {en} from './en.ts';
import {errorTextOf, reasonOf} from './error-text.ts';
import {ko} from './ko.ts';

const refusal = (code: ErrorCode, reason?: unknown) => new CallError(code, {details: {reason}});

test.each([
  ['conflict', 'account_name', 'accountName'],
  ['conflict', 'reserved_name', 'reservedName'],
  ['conflict', 'staff_name', 'staffName'],
  ['invalid', 'guessable_password', 'guessablePassword'],
  ['forbidden', 'directs', 'directs'],
] as const)('%s because of %s has words of its own in both languages, in every form', (code, reason, key) => {
  const forms = [
    {},
    {conflict: 'nameTaken', invalid: 'displayNameInvalid'},
    {invalid: 'passwordInvalid'},
  ] as const;
  for (const special of forms)
    expect(errorTextOf(refusal(code, reason), special)).toEqual({key: `error.${key}`});
  const ofCode = errorTextOf(refusal(code)).key.slice('error.'.length) as keyof typeof en.error;
  for (const {error} of [en, ko]) expect(error[key]).not.toBe(error[ofCode]);
});

test('a place may have words for a reason that are more exact there', () => {
  const error = refusal('conflict', 'staff_name');
  expect(errorTextOf(error, {staff_name: 'staffNameHere'})).toEqual({key: 'error.staffNameHere'});
});

test('a reason that the page does not know is told as its code', () => {
  for (const reason of ['of_tomorrow', 'toString', 7, undefined]) {
    expect(reasonOf(refusal('conflict', reason))).toBeUndefined();
    expect(errorTextOf(refusal('conflict', reason), {conflict: 'nameTaken'})).toEqual({
      key: 'error.nameTaken',
    });
  }
});
