/** Builds short histories for the checker's tests: what was asked, what was shown, and what is stored. */
import type {Frame} from '@madang/protocol/log';
import {History} from '../history/history.ts';
import type {Operation} from '../history/operation.ts';
import type {Stored} from '../history/stored.ts';
import type {Track} from '../history/track.ts';
import {check, type CheckOptions} from './check.ts';

export const roomId = 'the room';
export const epoch = '1.1';

type Line = Partial<Operation> & {from?: number; to?: number};

export class Story {
  now = 0;
  readonly history = new History(() => this.now);
  readonly stored: Stored;

  /** The room has members ann and ben from the beginning, and ann's messages with these seqs. A test adds the rest. */
  constructor(seqs: number[] = [], {head = seqs.at(-1) ?? 0} = {}) {
    this.stored = {
      rooms: [{id: roomId, epoch, head, capacity: null, memberCount: 2, isClosed: false}],
      messages: seqs.map((seq) => ({
        roomId,
        seq,
        rev: seq,
        senderId: 'ann',
        clientId: `c${seq}`,
        text: `t${seq}`,
        isDeleted: false,
        mentions: [],
        replyTo: null,
      })),
      spans: ['ann', 'ben'].map((userId) => ({roomId, userId, joinedAt: 1, leftAt: null})),
      memberships: ['ann', 'ben'].map((userId) => ({roomId, userId, joinedAt: 1, readSeq: 0})),
    };
    for (const seq of seqs) this.does({seq, from: seq * 10, to: seq * 10 + 5});
  }

  /** Adds an operation from one moment to another; by default, ann's acknowledged send. */
  does({from = this.now, to = from + 5, ...about}: Line): this {
    const {kind = 'send', outcome = 'ok', userId = 'ann', seq} = about;
    this.now = from;
    const isSend = kind === 'send' && seq !== undefined;
    const end = this.history.begin({
      kind,
      userId,
      device: `${userId}'s device`,
      session: `${userId}'s session`,
      roomId,
      ...(isSend ? {clientId: `c${seq}`, text: `t${seq}`, rev: seq} : {}),
      ...about,
    });
    this.now = to;
    if (outcome !== 'info') end({outcome});
    return this;
  }

  /** Adds a raw device of ben's that was present from the first rev, and receives these frames of plain messages. */
  hears(...ranges: ([after: number, head: number] | [after: number, head: number, seqs: number[]])[]): this {
    const track = this.track();
    track.position({epoch, head: 0, joinedAt: 1}, 'joined', 1);
    for (const [after, head, seqs] of ranges) track.frame(this.frame(after, head, seqs), 'live', 1);
    return this;
  }

  track(about: Partial<Track> = {}) {
    return this.history.track({
      device: "ben's device",
      userId: 'ben',
      session: "ben's session",
      roomId,
      isRaw: true,
      ...about,
    });
  }

  /** Returns a frame of ann's messages: every rev of the range, or only these. */
  frame(after: number, head: number, seqs = range(after + 1, head)): Frame {
    return {
      roomId,
      epoch,
      after,
      head,
      entries: seqs.map((seq) => ({
        rev: seq,
        type: 'message' as const,
        message: {
          roomId,
          seq,
          rev: seq,
          clientId: `c${seq}`,
          sender: {id: 'ann', name: 'Ann', color: '#000000'},
          kind: 'text' as const,
          text: `t${seq}`,
          attachments: [],
          createdAt: '2026-01-01T00:00:00.000Z',
        },
      })),
    };
  }

  /** Returns the invariants that the checker reports as broken. */
  check(options: CheckOptions = {present: new Set(["ben's device"])}): string[] {
    return check(this.history, this.stored, options).map(({invariant}) => invariant);
  }
}

function range(first: number, last: number): number[] {
  return Array.from({length: last - first + 1}, (_, index) => first + index);
}
