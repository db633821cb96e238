/** The log must show a member the changes of [joinedAt, leftAt) and no others. Capacity must hold at every rev. */
import type {History} from '../history/history.ts';
import type {Span} from '../history/stored.ts';
import type {Stretch, Track} from '../history/track.ts';
import type {Truth} from './truth.ts';
import {seconds, short, type Violation} from './violation.ts';

export function checkMembership(history: History, truth: Truth): Violation[] {
  return [...history.tracks.values()].flatMap((track) =>
    track.stretches.flatMap((stretch) => findLeak(history, truth, track, stretch) ?? []),
  );
}

function findLeak(history: History, truth: Truth, track: Track, stretch: Stretch): Violation | undefined {
  const {roomId, userId, device} = track;
  const beyond = stretch.entries.find((index) => {
    const {rev} = history.entries[index]!;
    return !truth.wasMember(userId, roomId, rev);
  });
  if (beyond === undefined) return undefined;
  const {rev, content} = history.entries[beyond]!;
  return {
    invariant: 'membership',
    what: `${device} was shown rev ${rev} of room ${short(roomId)}, but was not in it at that rev`,
    evidence: [
      `${seconds(stretch.at)}: ${stretch.via} (${stretch.after}, ${stretch.head}] brought rev ${rev}: ${content}`,
      ...truth
        .spansOf(userId, roomId)
        .map(({joinedAt, leftAt}) => `stored: in the room for [${joinedAt}, ${leftAt ?? '…'})`),
    ],
  };
}

/**
 * Counts members at every rev. Joining takes no rev, so `joinedAt` is one above the head that it found. Between two ends of
 * a membership there may be any number of joins, and those with joinedAt = r came before the end that took rev r.
 */
export function checkCapacity(truth: Truth): Violation[] {
  const violations: Violation[] = [];
  const byRoom = new Map<string, Span[]>();
  for (const span of truth.spans) byRoom.set(span.roomId, [...(byRoom.get(span.roomId) ?? []), span]);
  for (const [roomId, spans] of byRoom) {
    const room = truth.logs.get(roomId)?.room;
    if (!room) continue;
    const changes = spans.flatMap(({joinedAt, leftAt}) => [
      {at: joinedAt - 0.5, by: 1},
      ...(leftAt === null ? [] : [{at: leftAt, by: -1}]),
    ]);
    let count = 0;
    let most = 0;
    for (const {by} of changes.sort((a, b) => a.at - b.at)) {
      count += by;
      most = Math.max(most, count);
    }
    if (room.capacity !== null && most > room.capacity) {
      violations.push({
        invariant: 'capacity',
        what: `room ${short(roomId)} has ${room.capacity} places, but had ${most} members`,
        evidence: spans.map(
          ({userId, joinedAt, leftAt}) => `user ${short(userId)}: [${joinedAt}, ${leftAt ?? '…'})`,
        ),
      });
    }
    if (count !== room.memberCount) {
      violations.push({
        invariant: 'capacity',
        what: `room ${short(roomId)} counts ${room.memberCount} members, but has ${count}`,
        evidence: [],
      });
    }
  }
  return violations;
}
