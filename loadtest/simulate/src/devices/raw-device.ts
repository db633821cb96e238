/** A client without the SDK. It follows the reader's rules of docs/protocol.md and records every frame as it came. */
import {CallError} from '../../../../packages/client/src/call-error.ts';
import type {CallInput, CallName, CallResult} from '@madang/protocol/calls';
import type {Acknowledgement} from '@madang/protocol/events';
import type {WireError} from '@madang/protocol/errors';
import type {Cursor, Frame, StartSessionResult} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import {ConnectionNote, type Device, type Owner} from '@madang/verify/generator/device';
import type {History, TrackRecorder} from '@madang/verify/history/history';
import {outcomeOf, type Operation} from '@madang/verify/history/operation';
import {io, type ClientSocket} from '../world/client-socket.ts';

const callMs = 4_000;
const backoffMs = 200;

export class RawDevice implements Device {
  readonly owner: Owner;
  readonly #history: History;
  readonly #token: string;
  readonly #note: ConnectionNote;
  readonly #cursors = new Map<string, Cursor>();
  readonly #syncing = new Set<string>();
  /** Rooms that changed while an answer was pending. The answer may lack the change. */
  readonly #again = new Set<string>();
  #socket: ClientSocket | undefined;
  #isReady = false;
  /** True once the server no longer accepts it. */
  isOver = false;

  constructor(history: History, owner: Owner, token: string) {
    this.#history = history;
    this.owner = owner;
    this.#token = token;
    this.#note = new ConnectionNote(history, owner);
  }

  get isOnline(): boolean {
    return this.#isReady;
  }

  cursor(roomId: string): Cursor | undefined {
    return this.#cursors.get(roomId);
  }

  position(roomId: string): number | undefined {
    return this.cursor(roomId)?.rev;
  }

  close(): void {
    this.isOver = true;
    this.#note.closed({isGivenUp: true});
    this.#socket?.disconnect();
  }

  connect(): void {
    if (this.isOver) return;
    const socket = io('http://simulated', {auth: {token: this.#token}, timeout: 1_500});
    this.#socket = socket;
    socket.on('connect', () => this.#opened(socket));
    socket.on('connect_error', (error: Error & {data?: WireError}) => {
      if (error.data?.code === 'unauthenticated') this.isOver = true;
      else this.#comeBack();
    });
    socket.on('disconnect', () => {
      this.#note.closed();
      this.#isReady = false;
      this.#comeBack();
    });
    socket.on('room:log', (frame: Frame) => this.#live(frame));
    socket.on('room:joined', (state: RoomState) => this.#joined(state));
    socket.on('room:left', ({roomId, leftAt}: {roomId: string; leftAt: number}) =>
      this.#left(roomId, leftAt),
    );
  }

  async operate<Name extends CallName>(
    about: Pick<Operation, 'kind'> & Partial<Operation>,
    found: (result: CallResult<Name>) => Partial<Operation>,
    name: Name,
    input: CallInput<Name>,
  ): Promise<void> {
    const end = this.#history.begin({...this.owner, ...about});
    try {
      end({outcome: 'ok', ...found(await this.#call(name, input))});
    } catch (error) {
      end(outcomeOf(error));
    }
  }

  /** Makes one attempt to connect. */
  send(roomId: string, clientId: string, text: string): Promise<void> {
    const found = ({seq, rev, duplicate}: CallResult<'message:send'>) => ({seq, rev, duplicate});
    const input = {roomId, clientId, text};
    return this.operate({kind: 'send', ...input}, found, 'message:send', input);
  }

  #comeBack(): void {
    if (!this.isOver) setTimeout(() => this.connect(), backoffMs * (0.5 + Math.random()));
  }

  #opened(socket: ClientSocket): void {
    this.#note.opened();
    this.#resume().then(
      () => (this.#isReady = this.#socket === socket),
      (error: unknown) => {
        if (error instanceof CallError && error.code === 'unauthenticated') this.isOver = true;
        // Otherwise it stays without its rooms.
        if (this.#socket === socket) socket.cut();
      },
    );
  }

  async #resume(): Promise<void> {
    let after: string | undefined;
    let cursors: Record<string, Cursor> | undefined = Object.fromEntries(this.#cursors);
    do {
      const page: StartSessionResult = await this.#call('session:start', {cursors, after, limit: 200});
      after = page.next;
      cursors = undefined;
    } while (after !== undefined);
  }

  /** An answer is applied at once when it arrives, because the next frame may come in the same turn. */
  #call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResult<Name>> {
    const socket = this.#socket;
    if (!socket) return Promise.reject(new CallError('unavailable'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new CallError('unavailable')), callMs);
      socket.emit(name, input, (given) => {
        clearTimeout(timer);
        const answer = given as Acknowledgement<CallResult<Name>>;
        if (!answer.ok) return reject(CallError.fromWire(answer.error));
        this.#take(name, answer.data);
        resolve(answer.data);
      });
    });
  }

  #take(name: CallName, result: unknown): void {
    if (name === 'room:join') this.#joined(result as RoomState);
    if (name === 'room:sync') this.#answer(result as Frame);
    if (name === 'session:start') this.#resumed(result as StartSessionResult);
  }

  #resumed({rooms, frames, ended}: StartSessionResult): void {
    for (const state of rooms) {
      const {id} = state.room;
      this.#track(id).state(state, 'session', this.#note.count);
      if (this.#cursors.get(id)?.epoch !== state.epoch) {
        this.#cursors.set(id, {epoch: state.epoch, rev: state.head});
      }
    }
    for (const frame of frames) this.#answer(frame);
    for (const {roomId, leftAt} of ended) this.#left(roomId, leftAt);
    for (const {room, head} of rooms) {
      if ((this.#cursors.get(room.id)?.rev ?? head) < head) void this.#sync(room.id);
    }
  }

  #joined(state: RoomState): void {
    const {room, epoch, head, membership} = state;
    this.#track(room.id).state(state, 'joined', this.#note.count);
    const cursor = this.#cursors.get(room.id);
    const goesOn = cursor?.epoch === epoch && membership.joinedAt <= cursor.rev + 1;
    this.#cursors.set(room.id, {epoch, rev: goesOn ? Math.max(cursor.rev, head) : head});
  }

  #live(frame: Frame): void {
    const {roomId, epoch, after, head} = frame;
    this.#track(roomId).frame(frame, 'live', this.#note.count);
    const cursor = this.#cursors.get(roomId);
    if (!cursor || (cursor.epoch === epoch && head <= cursor.rev)) return;
    if (cursor.epoch !== epoch || after > cursor.rev) return void this.#sync(roomId);
    this.#cursors.set(roomId, {epoch, rev: head});
  }

  #answer(frame: Frame): void {
    const {roomId, epoch, head, reset, more} = frame;
    this.#track(roomId).frame(frame, 'answer', this.#note.count);
    const cursor = this.#cursors.get(roomId);
    if (!cursor) return;
    this.#cursors.set(roomId, {epoch, rev: reset ? head : Math.max(cursor.rev, head)});
    if (more) void this.#sync(roomId);
  }

  #left(roomId: string, leftAt: number): void {
    this.#track(roomId).left(leftAt, this.#note.count);
    this.#cursors.delete(roomId);
  }

  async #sync(roomId: string): Promise<void> {
    if (this.#syncing.has(roomId)) return void this.#again.add(roomId);
    this.#syncing.add(roomId);
    const socket = this.#socket;
    try {
      for (let cursor = this.#cursors.get(roomId); cursor; cursor = this.#cursors.get(roomId)) {
        try {
          const {epoch, rev: after} = cursor;
          this.#again.delete(roomId);
          const frame = await this.#call('room:sync', {roomId, epoch, after, limit: 200});
          if (!frame.more && !this.#again.has(roomId)) return;
        } catch (error) {
          if (this.isOver || this.#socket !== socket) return;
          // The membership has ended; `room:left` will say where.
          if (error instanceof CallError && !error.retryable) return void this.#cursors.delete(roomId);
          await new Promise((resolve) => setTimeout(resolve, backoffMs));
        }
      }
    } finally {
      this.#syncing.delete(roomId);
    }
  }

  #track(roomId: string): TrackRecorder {
    return this.#history.track({...this.owner, roomId, isRaw: true});
  }
}
