/** What someone asked of the cluster and what became of it. Times are of one monotonic clock, in milliseconds. */
import {CallError} from '../../../../packages/client/src/call-error.ts';
import type {ErrorCode} from '@madang/protocol/errors';

/** `fail`: definitely not done. `info`: nobody can tell, it may still happen. */
export type Outcome = 'ok' | 'fail' | 'info';

export type OperationKind =
  | 'send'
  | 'edit'
  | 'delete'
  | 'create'
  | 'join'
  | 'leave'
  | 'kick'
  | 'ban'
  | 'unban'
  | 'sign-out'
  /** A token's last moment. */
  | 'expire'
  | 'refresh'
  | 'revoke-key'
  /** The user may no longer send in the room, nor read up to `seq`. */
  | 'rule'
  /** A page of history of a user who may not read all of it. */
  | 'look'
  | 'history';

export type Operation = {
  kind: OperationKind;
  userId: string;
  device: string;
  /** The session that the operation used, to judge what is accepted after it was ended. */
  session: string;
  invokedAt: number;
  /** Infinity: no answer came. */
  completedAt: number;
  outcome: Outcome;
  code?: ErrorCode | 'no_answer';
  roomId?: string;
  clientId?: string;
  /** The text that a send or edit gives; each is used once, so it names the intent whatever the clientId is. */
  text?: string;
  seq?: number;
  /** The position in the log that the answer told. */
  rev?: number;
  duplicate?: boolean;
  /** Sent through the SDK's outbox, which keeps a room's order. */
  isQueued?: boolean;
  targetId?: string;
  /** Of `history` and `look`: every page, as read, newest first. */
  pages?: number[][];
  /** Of `history`: whether it was read down to the beginning. */
  isWhole?: boolean;
};

/** How an error leaves an operation. `attempts` that failed before count: one of them may be what took effect. */
export function outcomeOf(error: unknown, attempts = 0): Pick<Operation, 'outcome' | 'code'> {
  if (!(error instanceof CallError)) return {outcome: 'info', code: 'no_answer'};
  const isOpen = error.code === 'unavailable' || error.code === 'internal' || attempts > 0;
  return {outcome: isOpen ? 'info' : 'fail', code: error.code};
}
