import {setTimeout as delay} from 'node:timers/promises';
import {CallError} from '../../../../packages/client/src/call-error.ts';
import type {CallInput, CallName, CallResult} from '@madang/protocol/calls';
import type {Acknowledgement} from '@madang/protocol/events';
import type {Cursor, Frame, StartSessionResult} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import {RawClient, Refused, type SignedIn} from '@madang/testkit/raw-client';
import type {History, TrackRecorder} from '../history/history.ts';
import {outcomeOf, type Operation} from '../history/operation.ts';
import {ConnectionNote, type Device, type Owner} from './device.ts';

const callMs = 5_000;
const backoffMs = 300;

/**
 * A Socket.IO client without the SDK. It follows §"Following a room" of docs/protocol.md as the author of a client in
 * another language would, and records every frame as it came.
 */
export class RawDevice implements Device {
  readonly owner: Owner;
  readonly #history: History;
  readonly #url: string;
  #who: SignedIn;
  readonly #renew: (() => Promise<SignedIn>) | undefined;
  readonly #note: ConnectionNote;
  readonly #cursors = new Map<string, Cursor>();
  readonly #syncing = new Set<string>();
  readonly #closed = new AbortController();
  #client: RawClient | undefined;
  #isReady = false;

  /** With `renew`, it signs in again when the server does not know its session. Otherwise it is over then. */
  constructor(history: History, url: string, who: SignedIn, owner: Owner, renew?: () => Promise<SignedIn>) {
    this.#history = history;
    this.#renew = renew;
    this.#url = url;
    this.#who = who;
    this.owner = owner;
    this.#note = new ConnectionNote(history, owner);
    void this.#stayConnected();
  }

  get isOnline(): boolean {
    return this.#isReady;
  }

  /** True once the server no longer accepts it. */
  get isOver(): boolean {
    return this.#closed.signal.aborted;
  }

  position(roomId: string): number | undefined {
    return this.#cursors.get(roomId)?.rev;
  }

  close(): void {
    this.#closed.abort();
    this.#client?.close();
    this.#note.closed();
  }

  /** Drops its connection, as a tunnel does. It reconnects by itself. */
  drop(): void {
    this.#client?.socket.io.engine.close();
  }

  /**
   * Makes one attempt and records the outcome. Returns undefined without an answer, or if the answer asks for another
   * attempt.
   */
  async operate<Name extends CallName>(
    about: Pick<Operation, 'kind'> & Partial<Operation>,
    found: (result: CallResult<Name>) => Partial<Operation>,
    name: Name,
    input: CallInput<Name>,
  ): Promise<CallResult<Name> | 'refused' | undefined> {
    const end = this.#history.begin({...this.owner, ...about});
    try {
      const result = await this.#call(name, input);
      end({outcome: 'ok', ...found(result)});
      return result;
    } catch (error) {
      end(outcomeOf(error));
      return error instanceof CallError && !error.retryable ? 'refused' : undefined;
    }
  }

  /** Makes one attempt to send. */
  send(roomId: string, clientId: string, text: string) {
    return this.operate(
      {kind: 'send', roomId, clientId, text},
      ({seq, rev, duplicate}) => ({seq, rev, duplicate}),
      'message:send',
      {roomId, clientId, text},
    );
  }

  join(roomId: string) {
    return this.operate({kind: 'join', roomId}, () => ({}), 'room:join', {roomId});
  }

  async #stayConnected(): Promise<void> {
    while (!this.isOver) {
      try {
        await this.#connect();
      } catch (error) {
        this.#isReady = false;
        this.#client?.close();
        if (codeOf(error) === 'unauthenticated' && !this.#renew) return this.close();
        if (codeOf(error) === 'unauthenticated') this.#who = (await this.#signIn()) ?? this.#who;
        const {retryAfterMs = backoffMs} = error instanceof Refused ? error.error : {};
        await this.#wait(retryAfterMs * (0.5 + Math.random()));
      }
    }
  }

  #signIn(): Promise<SignedIn | undefined> {
    return this.#renew!().catch(() => undefined);
  }

  /** Connects and resumes. Rejects once the connection is lost. */
  async #connect(): Promise<never> {
    const client = await RawClient.connect(this.#url, this.#who);
    this.#client = client;
    this.#note.opened();
    const lost = new Promise<never>((_, reject) => {
      client.socket.once('disconnect', (reason) => {
        this.#isReady = false;
        this.#note.closed();
        reject(new Error(reason));
      });
    });
    client.socket.onAny(() => {
      client.received.length = 0;
    });
    client.socket.on('room:log', (frame: Frame) => this.#live(frame));
    client.socket.on('room:joined', (state: RoomState) => this.#joined(state));
    client.socket.on('room:left', ({roomId, leftAt}: {roomId: string; leftAt: number}) => {
      this.#left(roomId, leftAt);
    });
    await Promise.race([this.#resume(), lost]);
    this.#isReady = true;
    return lost;
  }

  async #resume(): Promise<void> {
    let after: string | undefined;
    let cursors: Record<string, Cursor> | undefined = Object.fromEntries([...this.#cursors].slice(0, 200));
    do {
      const page: StartSessionResult = await this.#call('session:start', {cursors, after, limit: 200});
      after = page.next;
      cursors = undefined;
    } while (after !== undefined);
  }

  /** An answer is applied at once when it arrives, because the next frame may come in the same turn. */
  #call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResult<Name>> {
    const client = this.#client;
    if (!client) return Promise.reject(new CallError('unavailable'));
    return new Promise((resolve, reject) => {
      const acknowledge = (lost: Error | null, answer: Acknowledgement<CallResult<Name>>) => {
        if (lost) return reject(lost);
        if (!answer.ok) return reject(CallError.fromWire(answer.error));
        this.#take(name, answer.data);
        resolve(answer.data);
      };
      client.socket.timeout(callMs).emit(name, input, acknowledge);
    });
  }

  #take(name: CallName, result: unknown): void {
    if (name === 'room:join' || name === 'room:create') this.#joined(result as RoomState);
    if (name === 'room:sync') this.#answer(result as Frame);
    if (name !== 'session:start') return;
    const {rooms, frames, ended} = result as StartSessionResult;
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
    if (this.#syncing.has(roomId)) return;
    this.#syncing.add(roomId);
    const connection = this.#note.count;
    try {
      for (let cursor = this.#cursors.get(roomId); cursor;) {
        try {
          const frame = await this.#call('room:sync', {
            roomId,
            epoch: cursor.epoch,
            after: cursor.rev,
            limit: 200,
          });
          if (!frame.more) return;
        } catch (error) {
          if (this.isOver || this.#note.count !== connection) return;
          // The membership has ended; `room:left` will say at which position.
          if (error instanceof CallError && !error.retryable) return void this.#cursors.delete(roomId);
          await this.#wait(backoffMs);
        }
        cursor = this.#cursors.get(roomId);
      }
    } finally {
      this.#syncing.delete(roomId);
    }
  }

  #track(roomId: string): TrackRecorder {
    return this.#history.track({...this.owner, roomId, isRaw: true});
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, {signal: this.#closed.signal}).catch(() => undefined);
  }
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof Refused) return error.error.code;
  return error instanceof CallError ? error.code : undefined;
}
