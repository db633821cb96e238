import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {CallError} from '../../../../packages/client/src/call-error.ts';
import type {CallArguments, CallName, CallResult} from '../../../../packages/client/src/calls.ts';
import {
  createClient,
  type Client,
  type FollowedRoom,
  type SendContent,
} from '../../../../packages/client/src/client.ts';
import type {Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import type {History, TrackRecorder} from '../history/history.ts';
import {outcomeOf, type Operation} from '../history/operation.ts';
import {ConnectionNote, type Device, type Owner} from './device.ts';

const signInEveryMs = 500;

type Credentials = {username: string; password: string};
type Followed = {track: TrackRecorder; epoch: string; rev: number; told: Set<number>};

/** A client made with the SDK, as an application would use it. Everything that the SDK reports is recorded. */
export class SdkDevice implements Device {
  readonly client: Client;
  readonly owner: Owner;
  readonly #history: History;
  readonly #note: ConnectionNote;
  readonly #followed = new Map<string, Followed>();
  /** The number of failed attempts of each send in the outbox. */
  readonly #attempts = new Map<string, number>();

  readonly #credentials: Credentials;
  #isClosed = false;

  private constructor(history: History, client: Client, owner: Owner, credentials: Credentials) {
    this.#history = history;
    this.client = client;
    this.owner = owner;
    this.#credentials = credentials;
    this.#note = new ConnectionNote(history, owner);
    client.on('status', (status) => (status === 'online' ? this.#note.opened() : this.#note.closed()));
    client.on('signedOut', () => void this.#signIn());
    client.on('room', (room) => this.#room(room));
    client.on('frame', (frame) => this.#frame(frame));
    client.on('message', (message) => this.#message(message));
    client.on('room:left', ({roomId, leftAt}) => this.#left(roomId, leftAt));
    client.on('outbox', (entries) => {
      for (const {clientId, attempts} of entries) this.#attempts.set(clientId, attempts);
    });
  }

  /**
   * Creates an account and connects. If signed out, it signs in again: when Redis loses its memory, all sessions are gone.
   */
  static async register(history: History, url: string, name: string): Promise<SdkDevice> {
    const client = createClient({url, times: {retryMs: 300, retryMaxMs: 3_000}});
    const credentials = {username: name.replaceAll(' ', '-'), password: randomUUID()};
    const {id} = await client.register(credentials);
    const owner = {userId: id, session: `${name}'s`, device: `${name}/sdk`};
    const device = new SdkDevice(history, client, owner, credentials);
    await client.connect();
    return device;
  }

  get isOnline(): boolean {
    return this.client.status === 'online';
  }

  /** Drops its connection, until told to connect. */
  disconnect(): void {
    this.#note.closed({isGivenUp: true});
    this.client.disconnect();
  }

  position(roomId: string): number | undefined {
    return this.client.rooms.get(roomId)?.timeline.cursor.rev;
  }

  /** Sends once, from an application's view. The SDK retries until it knows the outcome. */
  async send(roomId: string, content: SendContent & {text: string}): Promise<{seq: number} | undefined> {
    const clientId = randomUUID();
    const end = this.#history.begin({
      kind: 'send',
      isQueued: true,
      ...this.owner,
      roomId,
      clientId,
      text: content.text,
    });
    try {
      const {seq, rev, duplicate} = await this.client.send(roomId, {clientId, ...content});
      end({outcome: 'ok', seq, rev, duplicate});
      return {seq};
    } catch (error) {
      end(outcomeOf(error, this.#attempts.get(clientId)));
      return undefined;
    } finally {
      this.#attempts.delete(clientId);
    }
  }

  /** Makes a call and records it as an operation. Returns undefined if it was refused or had no answer. */
  async operate<Name extends CallName>(
    about: Pick<Operation, 'kind'> & Partial<Operation>,
    found: (result: CallResult<Name>) => Partial<Operation>,
    ...[name, ...input]: [Name, ...CallArguments<Name>]
  ): Promise<CallResult<Name> | undefined> {
    const end = this.#history.begin({...this.owner, ...about});
    try {
      const result = await this.client.call(name, ...input);
      end({outcome: 'ok', ...found(result)});
      return result;
    } catch (error) {
      end(outcomeOf(error));
      return undefined;
    }
  }

  /** A connection outlives its session when Redis lost the session. HTTP requests need the session. */
  async renewSession(): Promise<void> {
    try {
      await this.client.me();
    } catch (error) {
      if (error instanceof CallError && error.code === 'unauthenticated') await this.#signIn();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.client.close();
    this.#note.closed();
  }

  async #signIn(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.client.login(this.#credentials);
        return;
      } catch {
        await delay(signInEveryMs);
      }
    }
  }

  /** Records where the log begins for it, and each time its cursor moved without a frame. */
  #room({id, state, timeline}: FollowedRoom): void {
    const {epoch, rev} = timeline.cursor;
    const known = this.#followed.get(id);
    if (known?.epoch === epoch && known.rev === rev) return;
    const followed = known ?? {track: this.#track(id), epoch, rev, told: new Set()};
    followed.track.position(
      {epoch, head: rev, joinedAt: state.membership.joinedAt},
      'joined',
      this.#note.count,
    );
    this.#followed.set(id, {...followed, epoch, rev, told: new Set()});
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
