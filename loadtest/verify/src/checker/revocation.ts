/**
 * An ended session must end everywhere within the bound, whether its user signed out, its token expired or its key was
 * revoked. Its connections are closed, nothing is accepted, and nothing that began later is shown.
 */
import type {History} from '../history/history.ts';
import type {Operation, OperationKind} from '../history/operation.ts';
import {describe, seconds, type Violation} from './violation.ts';

export const revocationBoundMs = 2_000;
const endings: ReadonlySet<OperationKind> = new Set(['sign-out', 'expire', 'revoke-key']);

/**
 * `wasCalm` says whether there was no fault in [from, to]. Only then must sockets be *closed* in time. Even during faults
 * nothing may be accepted and nothing newer shown, because nodes that cannot know stop serving.
 */
export function checkRevocation(
  history: History,
  wasCalm: (from: number, to: number) => boolean = () => true,
): Violation[] {
  const ended = new Map<string, Operation>();
  for (const operation of history.operations) {
    if (endings.has(operation.kind) && operation.outcome === 'ok') ended.set(operation.session, operation);
  }
  if (ended.size === 0) return [];
  return [
    ...checkAccepted(history, ended),
    ...checkClosed(history, ended, wasCalm),
    ...checkShown(history, ended),
  ];
}

function checkAccepted(history: History, ended: Map<string, Operation>): Violation[] {
  return history.operations.flatMap((operation) => {
    const end = ended.get(operation.session);
    if (!end || endings.has(operation.kind) || operation.outcome !== 'ok') return [];
    if (operation.invokedAt <= end.completedAt + revocationBoundMs) return [];
    return [
      {
        invariant: 'revocation' as const,
        what: `${operation.device} was served ${seconds(operation.invokedAt - end.completedAt)} after its session was ended`,
        evidence: [describe(end), describe(operation)],
      },
    ];
  });
}

function checkClosed(
  history: History,
  ended: Map<string, Operation>,
  wasCalm: (from: number, to: number) => boolean,
): Violation[] {
  return history.connections.flatMap(({device, session, openedAt, closedAt}) => {
    const end = ended.get(session);
    if (!end || openedAt > end.completedAt + revocationBoundMs) return [];
    const bound = end.completedAt + revocationBoundMs;
    if (closedAt <= bound || history.now() <= bound || !wasCalm(end.invokedAt, bound)) return [];
    const until = Number.isFinite(closedAt) ? seconds(closedAt - end.completedAt) : 'the end';
    return [
      {
        invariant: 'revocation' as const,
        what: `a connection of ${device} stayed open until ${until} after its session was ended`,
        evidence: [describe(end)],
      },
    ];
  });
}

/** Judged by cause, not by clock: what arrives late may have been in transit, unless it was not yet written at the end. */
function checkShown(history: History, ended: Map<string, Operation>): Violation[] {
  const sentAt = new Map<string, number>();
  for (const {kind, clientId, invokedAt} of history.operations) {
    if (kind === 'send' && clientId && !sentAt.has(clientId)) sentAt.set(clientId, invokedAt);
  }
  const violations: Violation[] = [];
  for (const {device, session, stretches} of history.tracks.values()) {
    const end = ended.get(session);
    if (!end) continue;
    for (const {at, entries} of stretches) {
      const late = entries.find((index) => {
        const {type, clientId} = history.entries[index]!;
        return type === 'message' && (sentAt.get(clientId ?? '') ?? 0) > end.completedAt + revocationBoundMs;
      });
      if (late === undefined) continue;
      violations.push({
        invariant: 'revocation',
        what: `${device} was shown a message that was written after its session was ended`,
        evidence: [describe(end), `${seconds(at)}: shown: ${history.entries[late]!.content}`],
      });
      break;
    }
  }
  return violations;
}
