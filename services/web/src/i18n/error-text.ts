import {CallError, type ErrorCode} from '@madang/client/client';
import type {en} from './en.ts';

/** The text that tells a refusal, and what it is filled with. */
export type ErrorText = {key: `error.${keyof (typeof en)['error']}`; values?: {time: Date}};

const keys: Partial<Record<ErrorCode, keyof (typeof en)['error']>> = {
  invalid: 'invalid',
  unauthenticated: 'unauthenticated',
  wrong_password: 'wrongRoomPassword',
  forbidden: 'forbidden',
  banned: 'banned',
  not_found: 'notFound',
  conflict: 'conflict',
  room_full: 'roomFull',
  room_closed: 'roomClosed',
  too_large: 'tooLarge',
  unsupported: 'unsupported',
  rate_limited: 'rateLimited',
};

/** What to tell a person of any failure; `special` has words for codes that mean something more exact here. */
export function errorTextOf(
  error: unknown,
  special: Partial<Record<ErrorCode, keyof (typeof en)['error']>> = {},
): ErrorText {
  if (!(error instanceof CallError)) return {key: 'error.unavailable'};
  const {code, details} = error;
  if (code === 'forbidden' && typeof details?.mutedUntil === 'string') {
    return {key: 'error.muted', values: {time: new Date(details.mutedUntil)}};
  }
  if (details?.reason === 'guessable_password') return {key: 'error.passwordGuessable'};
  return {key: `error.${special[code] ?? keys[code] ?? 'unavailable'}`};
}
