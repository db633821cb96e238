/**
 * A user who stays in a room. After a loss the user reconnects, resumes from the cursor, and resends what is unanswered.
 */
import type {Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import {backoffMs} from '../../../packages/client/src/backoff.ts';
import {Connection, Refusal, type ConnectionOptions} from './connection.ts';
import * as measures from './measures.ts';
import type {Reader} from './reader.ts';
import {wait} from './wait.ts';

// The SDK does the same.
const retryTimes = {retryMs: 1_000, retryMaxMs: 20_000};
const putOffMs = 300;

export type PersonOptions = Pick<ConnectionOptions, 'url' | 'token' | 'decode'> & {
  roomId: string;
  reader: Reader;
  onAcknowledged: (clientId: string, seq: number) => void;
};

type Draft = {text: string; at: number};
type Started = {rooms: RoomState[]; frames: Frame[]};

export class Person {
  readonly #options: PersonOptions;
  readonly #drafts = new Map<string, Draft>();
  #connection: Connection | undefined;
  #isEntered = false;
  #isReady = false;
  #hasLeft = false;
  #isSyncing = false;
  #isBehind = false;
  #lostAt: number | undefined;
  #comeBackAfterMs: number | undefined;

  constructor(options: PersonOptions) {
    this.#options = options;
  }

  /** Sends that are neither acknowledged nor refused for good. */
  get unanswered(): number {
    return this.#drafts.size;
  }

  get isCaughtUp(): boolean {
    return this.#isReady && !this.#isSyncing;
  }

  /** Resolves once the room is received. From then on the user stays until told to leave. */
  enter(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stay(resolve).catch((error: Error) => {
        if (this.#isEntered) console.error(`a user cannot come back: ${error.message}`);
        reject(error);
      });
    });
  }

  send(clientId: string, draft: Draft): void {
    this.#drafts.set(clientId, draft);
    this.#attempt(clientId);
  }

  /** Loses the connection, as a phone in a tunnel does. */
  drop(): void {
    this.#connection?.close();
  }

  leave(): void {
    this.#hasLeft = true;
    this.#connection?.close();
  }

  async #stay(entered: () => void): Promise<void> {
    for (let attempt = 1; !this.#hasLeft; attempt++) {
      let retryAfterMs: number | undefined;
      try {
        const connection = await this.#connect(attempt);
        this.#isEntered = true;
        entered();
        attempt = 0;
        await connection.ended;
        this.#lose();
        retryAfterMs = this.#comeBackAfterMs;
      } catch (error) {
        if (!(error instanceof Refusal) || !error.retryable) throw error;
        retryAfterMs = error.retryAfterMs;
      }
      if (!this.#hasLeft) await wait(backoffMs(Math.max(1, attempt), retryTimes, {retryAfterMs}));
    }
  }

  async #connect(attempt: number): Promise<Connection> {
    const startedAt = Date.now();
    const {url, token, decode} = this.#options;
    this.#comeBackAfterMs = undefined;
    const connection = await Connection.open({
      url,
      token,
      decode,
      attempt,
      onEvent: (name, payload) => this.#take(name, payload),
    });
    this.#connection = connection;
    try {
      await this.#resume(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
    measures.connectionsOpened.add(1);
    measures.connectToReady.add(Date.now() - startedAt);
    if (this.#lostAt !== undefined) measures.withoutService.add(Date.now() - this.#lostAt);
    this.#lostAt = undefined;
    this.#isReady = true;
    for (const clientId of this.#drafts.keys()) this.#attempt(clientId);
    return connection;
  }

  async #resume(connection: Connection): Promise<void> {
    const {reader, roomId} = this.#options;
    const cursors = reader.cursor ? {[roomId]: reader.cursor} : {};
    const {rooms, frames} = await connection.call<Started>('session:start', {cursors});
    for (const frame of frames) if (frame.roomId === roomId) reader.answer(frame);
    const state = rooms.find(({room}) => room.id === roomId);
    if (!state) throw new Error(`not in room ${roomId}`);
    if (reader.state(state)) await this.#sync(connection);
  }

  #lose(): void {
    this.#isReady = false;
    this.#connection = undefined;
    this.#lostAt = Date.now();
    (this.#hasLeft ? measures.connectionsClosed : measures.connectionsLost).add(1);
  }

  #take(name: string, payload: unknown): void {
    if (name === 'session:ending') {
      const {afterMs} = payload as {afterMs: number};
      this.#comeBackAfterMs = Math.random() * afterMs;
    }
    if (name !== 'room:log') return;
    const frame = payload as Frame;
    const {reader, roomId} = this.#options;
    if (frame.roomId !== roomId) return;
    const isBehind = reader.live(frame, {isCatchingUp: !this.isCaughtUp});
    if (isBehind && this.#connection) void this.#catchUp(this.#connection);
  }

  /** A failure here is made good by the next connection. */
  async #catchUp(connection: Connection): Promise<void> {
    this.#isBehind = true;
    if (!this.isCaughtUp) return;
    await this.#sync(connection).catch(() => connection.close());
  }

  async #sync(connection: Connection): Promise<void> {
    const {reader, roomId} = this.#options;
    this.#isSyncing = true;
    try {
      let isMore: boolean;
      do {
        this.#isBehind = false;
        const {epoch, rev: after} = reader.cursor!;
        isMore = reader.answer(await connection.call<Frame>('room:sync', {roomId, epoch, after}));
      } while (isMore || this.#isBehind);
    } finally {
      this.#isSyncing = false;
    }
  }

  #attempt(clientId: string): void {
    const connection = this.#connection;
    const draft = this.#drafts.get(clientId);
    if (!connection || !this.#isReady || !draft) return;
    const {roomId} = this.#options;
    connection.call<{seq: number}>('message:send', {roomId, clientId, text: draft.text}).then(
      ({seq}) => this.#settle(clientId, seq),
      (error: Refusal) => this.#putOff(clientId, error),
    );
  }

  #settle(clientId: string, seq: number): void {
    const draft = this.#drafts.get(clientId);
    // Two attempts of one send may both be answered.
    if (!draft) return;
    this.#drafts.delete(clientId);
    measures.acknowledged.add(1);
    measures.sendToAcknowledged.add(Date.now() - draft.at);
    this.#options.onAcknowledged(clientId, seq);
  }

  #putOff(clientId: string, {code, retryable, retryAfterMs = putOffMs}: Refusal): void {
    if (retryable) {
      // If the connection is lost, the next one sends it again.
      setTimeout(() => this.#attempt(clientId), retryAfterMs * (1 + Math.random()));
      return;
    }
    this.#drafts.delete(clientId);
    measures.sendsRefused.add(1);
    console.error(`message:send was refused for good: ${code}`);
  }
}
