import type {Entry, Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import type {Operation} from './operation.ts';
import type {ShownEntry, Stretch, Track, Via} from './track.ts';

/** A connection of a device. `isGivenUp` if the device itself closed it. */
export type Connection = {
  device: string;
  session: string;
  openedAt: number;
  closedAt: number;
  isGivenUp: boolean;
};

export type Clock = () => number;

/**
 * Everything that happened, as the clients saw it, in one process with one monotonic clock. It only appends; the checker
 * judges it after the run.
 */
export class History {
  readonly now: Clock;
  readonly operations: Operation[] = [];
  readonly tracks = new Map<string, Track>();
  readonly entries: ShownEntry[] = [];
  readonly connections: Connection[] = [];
  /** Breaches that a client noticed itself, such as a message that was delivered twice. */
  readonly breaches: string[] = [];
  delivered = 0;
  readonly #known = new Map<string, number>();
  /** Whether a log was replaced by a backup. */
  isReplaced: (epoch: string) => boolean = () => false;
  #beginnings = 0;

  constructor(now: Clock = () => performance.now()) {
    this.now = now;
  }

  /** A backup was restored: what was shown no longer counts, and nobody can tell which changes are left. */
  beginAgain(isReplaced: (epoch: string) => boolean): void {
    this.isReplaced = isReplaced;
    this.#beginnings += 1;
    for (const {stretches} of this.tracks.values()) {
      // A connection may outlive it, on a node that was not stopped: it still receives its rooms.
      const last = stretches.findLast(({via}) => via === 'joined' || via === 'session' || via === 'left');
      const heard = last && last.via !== 'left' ? [{...last, via: 'session' as const, entries: []}] : [];
      stretches.splice(0, Infinity, ...heard);
    }
    this.entries.length = 0;
    this.#known.clear();
    for (const operation of this.operations) {
      if (operation.outcome !== 'ok') continue;
      Object.assign(operation, {outcome: 'info', completedAt: Infinity, code: 'no_answer'});
    }
  }

  /** Records that an operation begins. The returned function records how it ended. Without it, nobody answered. */
  begin(
    about: Pick<Operation, 'kind' | 'userId' | 'device' | 'session'> & Partial<Operation>,
  ): (end: Pick<Operation, 'outcome'> & Partial<Operation>) => void {
    const operation: Operation = {
      invokedAt: this.now(),
      completedAt: Infinity,
      outcome: 'info',
      code: 'no_answer',
      ...about,
    };
    this.operations.push(operation);
    const beginnings = this.#beginnings;
    return (end) => {
      if (beginnings < this.#beginnings && end.outcome === 'ok') return;
      if (end.outcome === 'ok') delete operation.code;
      Object.assign(operation, {completedAt: this.now()}, end);
    };
  }

  /** Records that a connection is open. The returned function records its end. */
  connected(device: string, session: string): (end?: {isGivenUp: boolean}) => void {
    const connection = {device, session, openedAt: this.now(), closedAt: Infinity, isGivenUp: false};
    this.connections.push(connection);
    return ({isGivenUp} = {isGivenUp: false}) => {
      if (connection.closedAt < Infinity) return;
      Object.assign(connection, {closedAt: this.now(), isGivenUp});
    };
  }

  track(of: Omit<Track, 'stretches'>): TrackRecorder {
    const key = `${of.device} ${of.roomId}`;
    const track = this.tracks.get(key) ?? {...of, stretches: []};
    this.tracks.set(key, track);
    return new TrackRecorder(this, track);
  }

  /** Returns the index of an entry. Equal entries have the same index. */
  intern(roomId: string, epoch: string, entry: Entry, device: string): number {
    const content = contentOf(entry);
    const key = `${roomId} ${epoch} ${entry.rev} ${content}`;
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.entries.length;
      this.#known.set(key, index);
      const {rev, type, message} = entry;
      const seq = message?.seq ?? entry.seq;
      this.entries.push({
        roomId,
        epoch,
        rev,
        type,
        seq,
        isAhead: message !== undefined && message.rev > rev,
        clientId: message?.clientId,
        text: message?.text,
        content,
        firstAt: this.now(),
        firstTo: device,
      });
    }
    return index;
  }
}

/** Records what one device is shown of one room. */
export class TrackRecorder {
  readonly #history: History;
  readonly #track: Track;

  constructor(history: History, track: Track) {
    this.#history = history;
    this.#track = track;
  }

  state({epoch, head, membership}: RoomState, via: 'joined' | 'session', connection: number): void {
    this.position({epoch, head, joinedAt: membership.joinedAt}, via, connection);
  }

  position(
    {epoch, head, joinedAt}: {epoch: string; head: number; joinedAt: number},
    via: Via,
    connection: number,
  ): void {
    // Nobody needs to receive a replaced log.
    const how = this.#history.isReplaced(epoch) ? 'session' : via;
    this.#push({via: how, connection, epoch, after: head, head, entries: [], reset: false, joinedAt});
  }

  frame(frame: Frame, via: 'live' | 'answer' | 'applied', connection: number): void {
    const {roomId, epoch, after, head, reset = false} = frame;
    if (this.#history.isReplaced(epoch)) return;
    const {device} = this.#track;
    const entries = frame.entries.map((entry) => this.#history.intern(roomId, epoch, entry, device));
    this.#history.delivered += entries.length;
    this.#push({via, connection, epoch, after, head, entries, reset, joinedAt: 0});
  }

  left(leftAt: number, connection: number): void {
    this.#push({
      via: 'left',
      connection,
      epoch: '',
      after: leftAt,
      head: leftAt,
      entries: [],
      reset: false,
      joinedAt: 0,
    });
  }

  #push(stretch: Omit<Stretch, 'at'>): void {
    this.#track.stretches.push({at: this.#history.now(), ...stretch});
  }
}

/**
 * What two readers must agree on. Users' names and colours are not part of the log: a `left` entry shows the current ones.
 */
export function contentOf({type, message, seq: annotated, annotations, room, user, reason}: Entry): string {
  if (message) {
    const {seq, clientId, sender, text, createdAt, editedAt, deletedAt} = message;
    return [type, seq, clientId, sender.id, createdAt, editedAt ?? '-', deletedAt ?? '-', text].join(' ');
  }
  if (annotations) return [type, annotated, JSON.stringify(annotations)].join(' ');
  if (room) return [type, room.rev, room.title, room.closedAt ?? '-'].join(' ');
  return [type, user?.id, reason].join(' ');
}
