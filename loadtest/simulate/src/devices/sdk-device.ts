/** A client made with the SDK, as an application would use it. What the SDK reports is recorded for the checker. */
import {createClient, type Client, type FollowedRoom} from '../../../../packages/client/src/client.ts';
import type {CallArguments, CallName, CallResult} from '../../../../packages/client/src/calls.ts';
import type {Cursor, Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import {ConnectionNote, type Device, type Owner} from '@madang/verify/generator/device';
import type {History, TrackRecorder} from '@madang/verify/history/history';
import {outcomeOf, type Operation} from '@madang/verify/history/operation';

type Followed = {
  track: TrackRecorder;
  epoch: string;
  rev: number;
  told: Set<number>;
  /** True if the room came before the client knew its user. If that is another user than before, the room begins again. */
  isNobodys: boolean;
};

export class SdkDevice implements Device {
  readonly client: Client;
  readonly owner: Owner;
  readonly #history: History;
  readonly #note: ConnectionNote;
  readonly #followed = new Map<string, Followed>();
  readonly #attempts = new Map<string, number>();

  constructor(history: History, owner: Owner, token: string) {
    this.#history = history;
    this.owner = owner;
    this.#note = new ConnectionNote(history, owner);
    const times = {retryMs: 200, retryMaxMs: 1_000, callMs: 4_000, sendMs: 2_000};
    this.client = createClient({url: 'http://simulated', token, times});
    this.client.on('status', (status) => (status === 'online' ? this.#note.opened() : this.#note.closed()));
    this.client.on('room', (room) => this.#room(room));
    this.client.on('frame', (frame) => this.#frame(frame));
    this.client.on('message', (message) => this.#message(message));
    this.client.on('room:left', ({roomId, leftAt}) => this.#left(roomId, leftAt));
    this.client.on('outbox', (entries) => {
      for (const {clientId, attempts} of entries) this.#attempts.set(clientId, attempts);
    });
  }

  get isOnline(): boolean {
    return this.client.status === 'online';
  }

  connect(): void {
    this.client.connect().catch(() => undefined);
  }

  disconnect(): void {
    this.#note.closed({isGivenUp: true});
    this.client.disconnect();
  }

  cursor(roomId: string): Cursor | undefined {
    return this.client.rooms.get(roomId)?.timeline.cursor;
  }

  position(roomId: string): number | undefined {
    return this.cursor(roomId)?.rev;
  }

  /** What an application shows of a room: the texts of its messages by seq. */
  shown(roomId: string): readonly Message[] | undefined {
    return this.client.rooms.get(roomId)?.timeline.messages;
  }

  get isBusy(): boolean {
    return this.client.outbox.entries.length > 0;
  }

  close(): void {
    this.#note.closed({isGivenUp: true});
    this.client.close();
  }

  async send(roomId: string, clientId: string, text: string): Promise<void> {
    const about = {kind: 'send', isQueued: true, ...this.owner, roomId, clientId, text} as const;
    const end = this.#history.begin(about);
    try {
      const {seq, rev, duplicate} = await this.client.send(roomId, {clientId, text});
      end({outcome: 'ok', seq, rev, duplicate});
    } catch (error) {
      end(outcomeOf(error, this.#attempts.get(clientId)));
    }
  }

  async operate<Name extends CallName>(
    about: Pick<Operation, 'kind'> & Partial<Operation>,
    found: (result: CallResult<Name>) => Partial<Operation>,
    ...[name, ...input]: [Name, ...CallArguments<Name>]
  ): Promise<void> {
    const end = this.#history.begin({...this.owner, ...about});
    try {
      end({outcome: 'ok', ...found(await this.client.call(name, ...input))});
    } catch (error) {
      end(outcomeOf(error));
    }
  }

  #room({id, state, timeline}: FollowedRoom): void {
    const {epoch, rev} = timeline.cursor;
    const isNobodys = this.client.user === undefined;
    if (this.#followed.get(id)?.isNobodys && !isNobodys) this.#left(id, rev);
    const known = this.#followed.get(id);
    if (known?.epoch === epoch && known.rev === rev) return;
    const followed = known ?? {track: this.#track(id), epoch, rev, told: new Set(), isNobodys};
    const at = {epoch, head: rev, joinedAt: state.membership.joinedAt};
    followed.track.position(at, 'joined', this.#note.count);
    this.#followed.set(id, {...followed, epoch, rev, told: new Set(), isNobodys});
  }

  #frame(frame: Frame): void {
    const {roomId, epoch, head, reset} = frame;
    const known = this.#followed.get(roomId);
    if (!known) return;
    known.track.frame(frame, 'applied', this.#note.count);
    this.#followed.set(roomId, {...known, epoch, rev: head, told: reset ? new Set() : known.told});
  }

  #message({roomId, seq}: Message): void {
    const told = this.#followed.get(roomId)?.told;
    if (told?.has(seq)) this.#history.breaches.push(`${this.owner.device} was shown seq ${seq} twice`);
    told?.add(seq);
  }

  #left(roomId: string, leftAt: number): void {
    this.#followed.get(roomId)?.track.left(leftAt, this.#note.count);
    this.#followed.delete(roomId);
  }

  #track(roomId: string): TrackRecorder {
    return this.#history.track({...this.owner, roomId, isRaw: false});
  }
}
