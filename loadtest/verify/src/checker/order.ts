/** What was acknowledged before something else began must have the lower rev, and so must what one person said first. */
import type {History} from '../history/history.ts';
import type {Operation} from '../history/operation.ts';
import {describe, type Violation} from './violation.ts';

/** The period in which a rev was taken: from the beginning of the earliest attempt to the earliest answer. */
type Taken = {rev: number; from: Operation; to: Operation};

export function checkOrder(history: History): Violation[] {
  const rooms = new Map<string, Map<number, Taken>>();
  const firstTries = new Map<string, Operation>();
  for (const operation of history.operations) {
    const {kind, outcome, roomId, clientId, seq, rev} = operation;
    // The answer to a retry, and to a second deletion, may describe what the first attempt stored.
    const name = kind === 'send' ? `${operation.userId} ${clientId}` : `${kind} ${roomId} ${seq}`;
    if (kind !== 'edit' && !firstTries.has(name)) firstTries.set(name, operation);
    if (outcome !== 'ok' || rev === undefined || roomId === undefined) continue;
    if (kind !== 'send' && kind !== 'edit' && kind !== 'delete') continue;
    const from = firstTries.get(name) ?? operation;
    const taken = rooms.get(roomId) ?? new Map<number, Taken>();
    rooms.set(roomId, taken);
    const known = taken.get(rev);
    if (!known || known.to.completedAt > operation.completedAt) taken.set(rev, {rev, from, to: operation});
  }
  return [
    ...[...rooms.values()].flatMap((taken) => checkRoom([...taken.values()])),
    ...checkQueues(history.operations),
  ];
}

/** The SDK's outbox must keep the order of one person's messages in a room, even if a send had to be retried. */
function checkQueues(operations: Operation[]): Violation[] {
  const latest = new Map<string, Operation>();
  return operations.flatMap((operation) => {
    const {kind, outcome, isQueued = false, device, roomId, seq} = operation;
    if (kind !== 'send' || outcome !== 'ok' || !isQueued) return [];
    const queue = `${device} ${roomId}`;
    const before = latest.get(queue);
    if (before && before.seq! > seq!) {
      const what = `a later message of ${device} has the lower seq: ${seq} after ${before.seq}`;
      return [{invariant: 'order' as const, what, evidence: [describe(before), describe(operation)]}];
    }
    latest.set(queue, operation);
    return [];
  });
}

function checkRoom(taken: Taken[]): Violation[] {
  const violations: Violation[] = [];
  let latest: Taken | undefined;
  for (const each of taken.sort((a, b) => a.rev - b.rev)) {
    if (latest && latest.from.invokedAt > each.to.completedAt) {
      violations.push({
        invariant: 'order',
        what: `rev ${latest.rev} began after rev ${each.rev} was acknowledged`,
        evidence: [describe(each.to), describe(latest.from)],
      });
    }
    if (!latest || each.from.invokedAt > latest.from.invokedAt) latest = each;
  }
  return violations;
}
