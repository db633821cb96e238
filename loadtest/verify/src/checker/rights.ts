/** A right that was taken away in a room must end: at once for writes, and within the bound for what is shown. */
import type {History} from '../history/history.ts';
import type {Operation} from '../history/operation.ts';
import {revocationBoundMs} from './revocation.ts';
import type {Truth} from './truth.ts';
import {describe, seconds, type Violation} from './violation.ts';

/** Judged by cause, as with revoked sessions: what was written before the change may still be in transit. */
export function checkRights(history: History, truth: Truth): Violation[] {
  const changes = history.operations.filter(({kind, outcome}) => kind === 'rule' && outcome === 'ok');
  return changes.flatMap((change) => [
    ...checkStored(history, truth, change),
    ...checkShown(history, change),
    ...checkPages(history, change),
  ]);
}

/**
 * The policy is committed when it is acknowledged, and every write reads it. So no send that begins later may be stored.
 */
function checkStored(history: History, truth: Truth, change: Operation): Violation[] {
  const begun = new Map<string, Operation>();
  for (const operation of ofUser(history, change)) {
    const {kind, clientId} = operation;
    if (kind === 'send' && !begun.has(clientId!)) begun.set(clientId!, operation);
  }
  return truth.messages.flatMap(({roomId, senderId, clientId, seq}) => {
    if (roomId !== change.roomId || senderId !== change.userId) return [];
    const send = begun.get(clientId);
    if (!send || send.invokedAt <= change.completedAt) return [];
    return tell(change, `${send.device} could send after it was forbidden: seq ${seq}`, describe(send));
  });
}

/** Edits of messages from before the user joined. */
function checkShown(history: History, change: Operation): Violation[] {
  const late = new Set(
    history.operations
      .filter(
        ({kind, roomId, seq, invokedAt}) =>
          kind === 'edit' && roomId === change.roomId && seq === change.seq && isLate(invokedAt, change),
      )
      .map(({text}) => text!),
  );
  for (const {roomId, userId, device, stretches} of history.tracks.values()) {
    if (roomId !== change.roomId || userId !== change.userId) continue;
    for (const {at, entries} of stretches) {
      const shown = entries
        .map((index) => history.entries[index]!)
        .find(({seq, text}) => seq === change.seq && text !== undefined && late.has(text));
      if (!shown) continue;
      const what = `${device} was shown a message that it may not read: seq ${change.seq}, written after that was forbidden`;
      return tell(change, what, `${seconds(at)}: shown: ${shown.content}`);
    }
  }
  return [];
}

function checkPages(history: History, change: Operation): Violation[] {
  return ofUser(history, change).flatMap((operation) => {
    const {kind, outcome, pages = [], invokedAt, device} = operation;
    if (kind !== 'look' || outcome !== 'ok' || !isLate(invokedAt, change)) return [];
    if (!pages.flat().some((seq) => seq <= change.seq!)) return [];
    return tell(change, `${device} read what it may not: seq ${change.seq}`, describe(operation));
  });
}

function ofUser(history: History, {userId, roomId}: Operation): Operation[] {
  return history.operations.filter((each) => each.userId === userId && each.roomId === roomId);
}

const isLate = (invokedAt: number, change: Operation) => invokedAt > change.completedAt + revocationBoundMs;

function tell(change: Operation, what: string, evidence: string): Violation[] {
  return [{invariant: 'rights', what, evidence: [describe(change), evidence]}];
}
