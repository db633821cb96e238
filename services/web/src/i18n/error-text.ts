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

/** The reasons that say more than the code does: which name or password would do. */
const reasonKeys = {
  account_name: 'accountName',
  reserved_name: 'reservedName',
  staff_name: 'staffName',
  guessable_password: 'guessablePassword',
} as const satisfies Record<string, keyof (typeof en)['error']>;

type Reason = keyof typeof reasonKeys;

/** Why the server refuses what was entered, where the page has words for it. */
export function reasonOf(error: unknown): Reason | undefined {
  const reason = error instanceof CallError ? error.details?.reason : undefined;
  return typeof reason === 'string' && Object.hasOwn(reasonKeys, reason) ? (reason as Reason) : undefined;
}

/** What to tell a person of any failure; `special` has words for what means something more exact here. */
export function errorTextOf(
  error: unknown,
  special: Partial<Record<ErrorCode | Reason, keyof (typeof en)['error']>> = {},
): ErrorText {
  if (!(error instanceof CallError)) return {key: 'error.unavailable'};
  const {code, details} = error;
  if (code === 'forbidden' && typeof details?.mutedUntil === 'string') {
    return {key: 'error.muted', values: {time: new Date(details.mutedUntil)}};
  }
  const reason = reasonOf(error);
  if (reason !== undefined) return {key: `error.${special[reason] ?? reasonKeys[reason]}`};
  return {key: `error.${special[code] ?? keys[code] ?? 'unavailable'}`};
}
