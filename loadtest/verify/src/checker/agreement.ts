/** (room, epoch, rev) must be the same change for every reader, however it was received, and equal the stored one. */
import type {History} from '../history/history.ts';
import type {Operation} from '../history/operation.ts';
import type {ShownEntry} from '../history/track.ts';
import type {Truth} from './truth.ts';
import {seconds, short, type Violation} from './violation.ts';

export function checkAgreement(history: History, truth: Truth): Violation[] {
  const violations: Violation[] = [];
  const known = new Map<string, ShownEntry>();
  for (const entry of history.entries) {
    const log = truth.logs.get(entry.roomId);
    // The texts of a closed room are blanked.
    if (log?.room.isClosed) continue;
    // Who catches up gets the message instead of what was put on it.
    const isAnnotation = entry.type === 'annotation';
    if (entry.isAhead) continue;
    const key = `${entry.roomId} ${entry.epoch} ${entry.rev} ${isAnnotation}`;
    const other = known.get(key);
    if (!other) known.set(key, entry);
    else {
      violations.push({
        invariant: 'agreement',
        what: `rev ${entry.rev} of room ${short(entry.roomId)} is two different changes`,
        evidence: [other, entry].map(describeEntry),
      });
    }
    const stored = entry.seq === undefined ? undefined : log?.bySeq.get(entry.seq);
    if (
      stored?.rev === entry.rev &&
      !isAnnotation &&
      !stored.isDeleted &&
      !entry.content.endsWith(` ${stored.text}`)
    ) {
      violations.push({
        invariant: 'agreement',
        what: `rev ${entry.rev} of room ${short(entry.roomId)} is stored with ${JSON.stringify(stored.text)}`,
        evidence: [describeEntry(entry)],
      });
    }
    if (log && entry.epoch !== log.room.epoch) {
      violations.push({
        invariant: 'agreement',
        what: `the epoch of room ${short(entry.roomId)} changed, but its log was never replaced`,
        evidence: [describeEntry(entry), `stored: ${log.room.epoch}`],
      });
    }
  }
  return violations;
}

/**
 * Revs must be 1 to head, each of them a change. A rev without a known change must come from an attempt without an answer.
 */
export function checkContinuity(history: History, truth: Truth): Violation[] {
  const known = new Map<string, Set<number>>();
  const unanswered = new Map<string, number>();
  for (const {id} of [...truth.logs.values()].map(({room}) => room)) known.set(id, new Set());
  for (const {roomId, seq, rev} of truth.messages) known.get(roomId)?.add(seq).add(rev);
  for (const {roomId, leftAt} of truth.spans) if (leftAt !== null) known.get(roomId)?.add(leftAt);
  for (const {roomId, rev} of history.entries) known.get(roomId)?.add(rev);
  for (const {kind, outcome, roomId, rev} of history.operations) {
    if (roomId === undefined || !changes.has(kind)) continue;
    if (outcome === 'ok') known.get(roomId)?.add(rev!);
    if (outcome === 'info') unanswered.set(roomId, (unanswered.get(roomId) ?? 0) + 1);
  }
  return [...truth.logs.values()].flatMap(({room: {id, head}}) => {
    // No client of this run was in these rooms, so there is nothing to compare.
    const revs = known.get(id)!;
    if (revs.size === 0) return [];
    const unaccounted = head - revs.size;
    if (unaccounted <= (unanswered.get(id) ?? 0)) return [];
    const what = `room ${short(id)} has head ${head}, but ${unaccounted} of its revs are not the rev of any change`;
    return [{invariant: 'gap' as const, what, evidence: []}];
  });
}

/** The operations on a message that take a rev. */
const changes = new Set<Operation['kind']>(['edit', 'delete', 'react']);

function describeEntry({epoch, rev, content, firstAt, firstTo}: ShownEntry): string {
  return `${seconds(firstAt)}: ${firstTo} was shown epoch ${epoch}, rev ${rev}: ${content}`;
}
