import {CallError, type ErrorCode} from '@madang/client/client';
import type {en} from './en.ts';

/** The text for a refusal, and the values for it. */
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

/** Reasons that say more than the code: which names or passwords are allowed. */
const reasonKeys = {
  account_name: 'accountName',
  reserved_name: 'reservedName',
  staff_name: 'staffName',
  guessable_password: 'guessablePassword',
  directs: 'directs',
} as const satisfies Record<string, keyof (typeof en)['error']>;

type Reason = keyof typeof reasonKeys;

/** Returns the text for why the server refuses the input, if the page has one. */
export function reasonOf(error: unknown): Reason | undefined {
  const reason = error instanceof CallError ? error.details?.reason : undefined;
  return typeof reason === 'string' && Object.hasOwn(reasonKeys, reason) ? (reason as Reason) : undefined;
}

/** Returns the text for any failure. `special` has texts for codes that mean something more specific here. */
export function errorTextOf(
  error: unknown,
  special: Partial<Record<ErrorCode | Reason, keyof (typeof en)['error']>> = {},
): ErrorText {
  if (!(error instanceof CallError)) return {key: 'error.unavailable'};
  const {code, details} = error;
  if (code === 'forbidden' && typeof details?.mutedUntil === 'string') {
    return {key: 'error.muted', values: {time: new Date(details.mutedUntil)}};
  }
  if (details?.quota === 'reactions') return {key: 'error.reactionsFull'};
  const reason = reasonOf(error);
  if (reason !== undefined) return {key: `error.${special[reason] ?? reasonKeys[reason]}`};
  return {key: `error.${special[code] ?? keys[code] ?? 'unavailable'}`};
}
