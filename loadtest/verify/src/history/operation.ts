/** A request to the cluster and its outcome. Times are of one monotonic clock, in milliseconds. */
import {CallError} from '../../../../packages/client/src/call-error.ts';
import type {ErrorCode} from '@madang/protocol/errors';

/** `fail`: definitely not done. `info`: nobody can tell, it may still happen. */
export type Outcome = 'ok' | 'fail' | 'info';

export type OperationKind =
  | 'send'
  | 'edit'
  | 'delete'
  | 'react'
  | 'create'
  | 'join'
  | 'leave'
  | 'kick'
  | 'ban'
  | 'unban'
  | 'sign-out'
  /** The last moment of a token. */
  | 'expire'
  | 'refresh'
  | 'revoke-key'
  /** The user may no longer send in the room, nor read up to `seq`. */
  | 'rule'
  /** A page of history, read by a user who may not read all of it. */
  | 'look'
  | 'history';

export type Operation = {
  kind: OperationKind;
  userId: string;
  device: string;
  /** The session that the operation used, to judge what is accepted after the session ended. */
  session: string;
  invokedAt: number;
  /** Infinity means that no answer came. */
  completedAt: number;
  outcome: Outcome;
  code?: ErrorCode | 'no_answer';
  roomId?: string;
  clientId?: string;
  /** The text of a send or edit. Each is used once, so it identifies the intent whatever the clientId is. */
  text?: string;
  seq?: number;
  /** The position in the log that the answer gave. */
  rev?: number;
  duplicate?: boolean;
  /** True if sent through the SDK's outbox, which keeps a room's order. */
  isQueued?: boolean;
  targetId?: string;
  /** For `history` and `look`: every page, as read, newest first. */
  pages?: number[][];
  /** For `history`: whether it was read down to the beginning. */
  isWhole?: boolean;
};

/**
 * Returns the outcome of an operation after an error. Earlier failed `attempts` count: one of them may have taken effect.
 */
export function outcomeOf(error: unknown, attempts = 0): Pick<Operation, 'outcome' | 'code'> {
  if (!(error instanceof CallError)) return {outcome: 'info', code: 'no_answer'};
  const isOpen = error.code === 'unavailable' || error.code === 'internal' || attempts > 0;
  return {outcome: isOpen ? 'info' : 'fail', code: error.code};
}
