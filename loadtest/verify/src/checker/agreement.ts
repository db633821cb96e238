/** (room, epoch, rev) is one change, whoever is shown it and however, and it is the one that is stored. */
import type {History} from '../history/history.ts';
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
    const key = `${entry.roomId} ${entry.epoch} ${entry.rev}`;
    const other = known.get(key);
    if (!other) known.set(key, entry);
    else {
      violations.push({
        invariant: 'agreement',
        what: `rev ${entry.rev} of room ${short(entry.roomId)} is two things`,
        evidence: [other, entry].map(describeEntry),
      });
    }
    const stored = entry.seq === undefined ? undefined : log?.bySeq.get(entry.seq);
    if (stored?.rev === entry.rev && !stored.isDeleted && !entry.content.endsWith(` ${stored.text}`)) {
      violations.push({
        invariant: 'agreement',
        what: `rev ${entry.rev} of room ${short(entry.roomId)} is stored with ${JSON.stringify(stored.text)}`,
        evidence: [describeEntry(entry)],
      });
    }
    if (log && entry.epoch !== log.room.epoch) {
      violations.push({
        invariant: 'agreement',
        what: `the epoch of room ${short(entry.roomId)} changed, and its log was never replaced`,
        evidence: [describeEntry(entry), `stored: ${log.room.epoch}`],
      });
    }
  }
  return violations;
}

function describeEntry({epoch, rev, content, firstAt, firstTo}: ShownEntry): string {
  return `${seconds(firstAt)}: ${firstTo} was shown epoch ${epoch}, rev ${rev}: ${content}`;
}
