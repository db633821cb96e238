/** An acknowledged message must be stored, a stored message must have been sent, and it must be stored once. */
import type {History} from '../history/history.ts';
import type {Operation} from '../history/operation.ts';
import type {StoredMessage} from '../history/stored.ts';
import type {Truth} from './truth.ts';
import {describe, short, type Violation} from './violation.ts';

export function checkSends(history: History, truth: Truth): Violation[] {
  const sends = new Map<string, Operation[]>();
  for (const operation of history.operations) {
    if (operation.kind !== 'send') continue;
    const key = keyOf(operation.roomId!, operation.userId, operation.clientId!);
    const same = sends.get(key);
    if (same) same.push(operation);
    else sends.set(key, [operation]);
  }
  return [
    ...[...sends.values()].flatMap((same) => checkAcknowledged(same, truth)),
    ...checkStored(sends, truth),
    ...checkEdits(history, truth),
    ...checkShown(history, truth),
  ];
}

function checkAcknowledged(same: Operation[], truth: Truth): Violation[] {
  const acknowledged = same.filter(({outcome}) => outcome === 'ok');
  const [first] = acknowledged;
  if (!first) return [];
  const log = truth.logs.get(first.roomId!);
  const stored = log?.bySeq.get(first.seq!);
  const violations: Violation[] = [];
  if (stored?.clientId !== first.clientId || stored?.senderId !== first.userId) {
    const there = stored ? `there is ${describeStored(stored)}` : 'nothing is stored there';
    violations.push({
      invariant: 'durable',
      what: `a message was acknowledged with seq ${first.seq}, but is lost: ${there}`,
      evidence: same.map(describe),
    });
  } else if (stored.rev === stored.seq && stored.text !== first.text && !log?.room.isClosed) {
    violations.push({
      invariant: 'durable',
      what: `a message was stored with a different text: ${JSON.stringify(stored.text)}`,
      evidence: same.map(describe),
    });
  }
  if (acknowledged.some(({seq}) => seq !== first.seq)) {
    violations.push({
      invariant: 'duplicate',
      what: 'a retry got a different result than the first attempt',
      evidence: same.map(describe),
    });
  }
  return violations;
}

function checkStored(sends: Map<string, Operation[]>, truth: Truth): Violation[] {
  const violations: Violation[] = [];
  const seen = new Map<string, StoredMessage>();
  for (const message of truth.messages) {
    const {roomId, senderId, clientId} = message;
    const same = sends.get(keyOf(roomId, senderId, clientId));
    if (!same || same.every(({outcome}) => outcome === 'fail')) {
      const how = same ? 'was refused, and is stored' : 'is stored, and nobody sent it';
      violations.push({
        invariant: 'invented',
        what: `${describeStored(message)} ${how}`,
        evidence: (same ?? []).map(describe),
      });
    }
    if (!truth.wasMember(senderId, roomId, message.seq)) {
      violations.push({
        invariant: 'membership',
        what: `${describeStored(message)} was sent by someone who was not in the room at that rev`,
        evidence: (same ?? []).map(describe),
      });
    }
    // The text counts as well: a retry under a new clientId is the same message to its author.
    const names = [`id ${keyOf(roomId, senderId, clientId)}`];
    if (message.rev === message.seq && message.text !== '') names.push(`text ${message.text}`);
    for (const name of names) {
      const first = seen.get(name);
      if (!first) seen.set(name, message);
      else if (first !== message) {
        violations.push({
          invariant: 'duplicate',
          what: `one message is stored twice: ${describeStored(first)} and ${describeStored(message)}`,
          evidence: (same ?? []).map(describe),
        });
        break;
      }
    }
  }
  return violations;
}

/** An acknowledged edit or deletion must be stored, or followed by another one. */
function checkEdits(history: History, truth: Truth): Violation[] {
  return history.operations.flatMap((operation) => {
    const {kind, outcome, roomId, seq, rev} = operation;
    if ((kind !== 'edit' && kind !== 'delete') || outcome !== 'ok') return [];
    const stored = truth.logs.get(roomId!)?.bySeq.get(seq!);
    if (stored && stored.rev >= rev!) return [];
    return [
      {
        invariant: 'durable' as const,
        what: `an acknowledged ${kind} is lost: rev ${stored?.rev} instead of at least ${rev}`,
        evidence: [describe(operation)],
      },
    ];
  });
}

/** Everything that anyone was shown must be stored: nothing may be shown that could still be lost. */
function checkShown(history: History, truth: Truth): Violation[] {
  return history.entries.flatMap((entry) => {
    if (entry.seq === undefined) return [];
    const stored = truth.logs.get(entry.roomId)?.bySeq.get(entry.seq);
    const isSame = entry.type === 'annotation' || stored?.clientId === entry.clientId;
    if (stored && isSame && stored.rev >= entry.rev) return [];
    const there = stored ? describeStored(stored) : 'nothing';
    return [
      {
        invariant: 'durable' as const,
        what: `${entry.firstTo} was shown rev ${entry.rev} (${entry.content}); stored is ${there}`,
        evidence: [],
      },
    ];
  });
}

function keyOf(roomId: string, userId: string, clientId: string): string {
  return `${roomId} ${userId} ${clientId}`;
}

function describeStored({roomId, seq, rev, clientId, text}: StoredMessage): string {
  return `seq ${seq}, rev ${rev} of room ${short(roomId)}, client id ${short(clientId)}, ${JSON.stringify(text)}`;
}
