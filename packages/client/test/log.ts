import type {Calls, Cursor, Entry, Frame, Message, RoomState} from '../src/wire.ts';
import type {HistoryRequest, SyncRequest} from '../src/timeline.ts';

export const roomId = '0190a000-0000-7000-8000-000000000001';
export const me = '0190a000-0000-7000-8000-0000000000aa';
const user = {id: me, kind: 'guest', name: 'Me', color: '#112233'} as const;

/** A message as it was when it was sent, with a clientId made from its seq. */
export const message = (seq: number): Message => ({
  roomId,
  seq,
  rev: seq,
  clientId: `0190a000-0000-7000-8000-${String(seq).padStart(12, '0')}`,
  sender: {id: me, name: 'Me', color: '#112233'},
  kind: 'text',
  text: `message ${seq}`,
  attachments: [],
  createdAt: '2026-01-01T00:00:00.000Z',
});

/** What a server says about the room to one of its members. */
export const state = (change: {epoch?: string; head: number; joinedAt: number}): RoomState => ({
  room: {
    id: roomId,
    kind: 'room',
    title: 'Courtyard',
    visibility: 'public',
    locked: false,
    ephemeral: false,
    owner: user,
    rev: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
  },
  membership: {role: 'member', joinedAt: change.joinedAt, readSeq: 0},
  epoch: change.epoch ?? 'a',
  head: change.head,
  unread: 0,
  online: 1,
});

/** A room's log as the protocol describes it, and the answers that a server gives from it. */
export class FakeLog {
  #epoch = 1;
  #head = 1;
  #joinedAt = 1;
  #messages = new Map<number, Message>();
  /** Who reacted to a message, newest first. */
  #reactors = new Map<number, string[]>();

  get cursor(): Cursor {
    return {epoch: `epoch ${this.#epoch}`, rev: this.#head};
  }

  get messages(): Message[] {
    return [...this.#messages.values()]
      .sort((a, b) => a.seq - b.seq)
      .map((held) => ({...held, ...this.#annotated(held, 'reader')}));
  }

  write(): Frame {
    return this.#append(message(this.#head + 1), 'message');
  }

  edit(index: number): Frame[] {
    return this.#change(index, (held, rev) => this.#append({...held, rev, text: `edited at ${rev}`}, 'edit'));
  }

  /** One of ten users reacts, or takes it back; this reader never does the latter. */
  react(index: number): Frame[] {
    return this.#change(index, (held, rev) => {
      const userId = index % 10 === 0 ? me : `0190a000-0000-7000-8000-0000000000b${index % 10}`;
      const before = this.#reactors.get(held.seq) ?? [];
      const others = before.filter((id) => id !== userId);
      const takesBack = others.length < before.length && userId !== me;
      this.#reactors.set(held.seq, takesBack ? others : [userId, ...others]);
      const {annotations = {}} = this.#annotated(held, 'everybody');
      const frame = this.#append({...held, rev}, 'annotation');
      return {...frame, entries: [{rev, type: 'annotation', seq: held.seq, annotations}]};
    });
  }

  #annotated({seq, deletedAt}: Message, audience: 'everybody' | 'reader'): Pick<Message, 'annotations'> {
    const all = this.#reactors.get(seq) ?? [];
    if (all.length === 0 || deletedAt !== undefined) return {};
    const isMine = audience === 'reader' && all.includes(me);
    const by = all.slice(0, 5);
    return {
      annotations: {reactions: [{emoji: '👍', count: all.length, by, ...(isMine ? {mine: true} : {})}]},
    };
  }

  delete(index: number): Frame[] {
    return this.#change(index, (held, rev) =>
      this.#append({...held, rev, text: '', deletedAt: 'now'}, 'delete'),
    );
  }

  /** The user leaves, someone else writes, and the user is back. */
  rejoin(): RoomState {
    this.#head += 1;
    this.write();
    this.#joinedAt = this.#head + 1;
    return this.state();
  }

  /** An older dump is restored: the newest changes are gone, and the log has another epoch. */
  restore(index: number): void {
    this.#head = Math.max(1, this.#head - (index % 4));
    this.#joinedAt = Math.min(this.#joinedAt, this.#head + 1);
    this.#messages = new Map([...this.#messages].filter(([, {rev}]) => rev <= this.#head));
    for (const seq of this.#reactors.keys()) if (!this.#messages.has(seq)) this.#reactors.delete(seq);
    this.#epoch += 1;
  }

  state(): RoomState {
    return state({epoch: this.cursor.epoch, head: this.#head, joinedAt: this.#joinedAt});
  }

  sync({epoch, after}: SyncRequest, limit: number): Frame {
    const {epoch: present} = this.cursor;
    if (epoch !== present || after > this.#head)
      return this.#frame(this.#head, this.#head, [], {reset: true});
    const reset = after < this.#joinedAt - 1;
    const from = reset ? this.#joinedAt - 1 : after;
    const changed = this.messages.filter(({rev}) => rev > from).map(entryOf);
    const early = this.messages
      .filter(
        ({seq, rev, deletedAt}) =>
          seq > from && rev !== seq && deletedAt === undefined && this.#reactors.has(seq),
      )
      .map((held): Entry => ({rev: held.seq, type: 'message', message: held}));
    const all = [...changed, ...early].sort((a, b) => a.rev - b.rev);
    const more = all.length > limit;
    const head = more ? all[limit - 1]!.rev : this.#head;
    // A message that was reacted to above the page comes at the place where it was sent.
    const entries = all
      .slice(0, limit)
      .filter(({rev, message}) => message!.rev === rev || message!.rev > head);
    return this.#frame(from, head, entries, {...(more ? {more} : {}), ...(reset ? {reset} : {})});
  }

  history({before, limit}: HistoryRequest, epoch: string): Calls['message:list']['result'] {
    if (epoch !== this.cursor.epoch) return {messages: [], more: true};
    const older = this.messages.filter(({seq}) => seq < before).reverse();
    return {messages: older.slice(0, limit), more: older.length > limit};
  }

  #append(changed: Message, type: Entry['type']): Frame {
    const after = this.#head;
    this.#head = changed.rev;
    const {annotations: _, ...told} = changed;
    this.#messages.set(changed.seq, told);
    const shown = {...told, ...this.#annotated(told, 'everybody')};
    return this.#frame(after, this.#head, [{rev: changed.rev, type, message: shown}]);
  }

  #change(index: number, change: (held: Message, rev: number) => Frame): Frame[] {
    const held = this.messages[index % Math.max(1, this.#messages.size)];
    return held === undefined || held.deletedAt !== undefined ? [] : [change(held, this.#head + 1)];
  }

  #frame(after: number, head: number, entries: Entry[], flags: Partial<Frame> = {}): Frame {
    return {roomId, epoch: this.cursor.epoch, after, head, entries, ...flags};
  }
}

function entryOf(held: Message): Entry {
  const type = held.deletedAt !== undefined ? 'delete' : held.rev === held.seq ? 'message' : 'edit';
  return {rev: held.rev, type, message: held};
}
