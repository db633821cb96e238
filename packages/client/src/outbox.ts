import {asCallError, CallError} from './call-error.ts';
import {newClientId} from './client-id.ts';
import type {Calls} from './wire.ts';

export type SendResult = Calls['message:send']['result'];

/** What to send: text, attachments, or both. Your own clientId makes a retry safe across a restart. */
export type SendContent = {
  text?: string;
  attachmentIds?: string[];
  replyTo?: number;
  /** The `seq` of the message in whose thread it is to be. */
  threadOf?: number;
  /** Ids of members to mention, whose shown names stand after `@` in the text. */
  mentions?: string[];
  /** `room` mentions everybody, `here` those who are online. */
  notify?: 'room' | 'here';
  data?: Record<string, unknown>;
  clientId?: string;
};

/** One send that the log has not brought yet. `sent` means acknowledged, but not in the log yet. */
export type OutboxEntry = {
  readonly roomId: string;
  readonly clientId: string;
  readonly text?: string;
  readonly attachmentIds?: readonly string[];
  readonly replyTo?: number;
  readonly threadOf?: number;
  readonly mentions?: readonly string[];
  readonly notify?: 'room' | 'here';
  readonly data?: Record<string, unknown>;
  readonly createdAt: string;
  /** The number of failed attempts. */
  readonly attempts: number;
  /** The number of `internal` answers. */
  readonly failures: number;
  readonly state: 'queued' | 'sending' | 'waiting' | 'sent';
};

/** The messages still to send, and their user, as plain data to store. */
export type OutboxState = {readonly userId?: string; readonly entries: readonly OutboxEntry[]};

type Sending = {
  entry: OutboxEntry;
  resolve: (result: SendResult) => void;
  reject: (error: CallError) => void;
};

/** A send that the server refused for good. Nothing was stored, so it may be sent again with the same clientId. */
export type Refusal = {readonly entry: OutboxEntry; readonly error: CallError};

export type OutboxDependencies = {
  /** Sends one entry once. */
  deliver: (entry: OutboxEntry) => Promise<SendResult>;
  /** Waits before attempt number `attempt`. The signal ends the wait early. */
  pause: (attempt: number, retryAfterMs: number | undefined, signal: AbortSignal) => Promise<void>;
  acknowledged: (entry: OutboxEntry, result: SendResult) => void;
  /** The server refused the send for good, and it left the outbox. */
  refused: (refusal: Refusal) => void;
  changed: (roomId: string) => void;
};

// This message itself may cause the `internal` error, so the number of attempts is limited.
const maxInternalFailures = 5;
const maxEntries = 1_000;

/**
 * Sends messages, and retries each with the same clientId until the server acknowledges it or refuses it for good.
 *
 * Each room has one send in flight, because a second one could overtake a first that has to be retried. Rooms do not wait
 * for each other. The outbox outlives connections, and with `export` also the program.
 */
export class Outbox {
  readonly #dependencies: OutboxDependencies;
  readonly #rooms = new Map<string, Sending[]>();
  readonly #running = new Set<string>();
  #online: AbortController | undefined;
  #userId: string | undefined;
  /** Why the outbox accepts nothing: nobody is signed in to whom a send could belong. */
  #closed: CallError | undefined;

  constructor(dependencies: OutboxDependencies, state?: OutboxState) {
    this.#dependencies = dependencies;
    this.#userId = state?.userId;
    for (const entry of state?.entries ?? []) void this.#push({...entry, state: 'queued'});
  }

  /** All unacknowledged sends, room by room, the oldest first in each. */
  get entries(): readonly OutboxEntry[] {
    return [...this.#rooms.values()].flatMap((queue) => queue.map(({entry}) => entry));
  }

  /** The unacknowledged sends of one room, oldest first. */
  inRoom(roomId: string): readonly OutboxEntry[] {
    return (this.#rooms.get(roomId) ?? []).map(({entry}) => entry);
  }

  /** Returns plain data to store and to give to `createClient` later. */
  export(): OutboxState {
    return {
      ...(this.#userId === undefined ? {} : {userId: this.#userId}),
      entries: this.entries.map((entry) => ({...entry, state: 'queued'})),
    };
  }

  /**
   * Adds a send. The promise settles when the server acknowledges it or refuses it for good, however long that takes.
   * Throws `overloaded` when too many sends are waiting, and after `close` the error that `close` was called with.
   */
  add(roomId: string, {clientId = newClientId(), ...given}: SendContent): Promise<SendResult> {
    if (this.#closed) throw givenUp(this.#closed);
    if (this.entries.length >= maxEntries) {
      throw new CallError('overloaded', {message: 'Too much is waiting to be sent.'});
    }
    const createdAt = new Date().toISOString();
    // The entry is a copy: later changes to the sender's object change no send, and a snapshot of the outbox does not
    // freeze it.
    const content = JSON.parse(JSON.stringify(given)) as typeof given;
    const sent = this.#push({
      ...content,
      roomId,
      clientId,
      createdAt,
      attempts: 0,
      failures: 0,
      state: 'queued',
    });
    this.#changed(roomId);
    this.#run(roomId);
    return sent;
  }

  /**
   * Takes a send back. Returns false when it is in flight or unknown. A send that was tried before may be stored all the
   * same.
   */
  remove(clientId: string): boolean {
    for (const queue of this.#rooms.values()) {
      const index = queue.findIndex(({entry}) => entry.clientId === clientId && entry.state !== 'sending');
      const [removed] = index < 0 ? [] : queue.splice(index, 1);
      if (removed === undefined) continue;
      removed.reject(new CallError('conflict', {message: 'The send was taken back.'}));
      this.#changed(removed.entry.roomId);
      return true;
    }
    return false;
  }

  /** Accepts sends again, for the user who signs in next. */
  open(): void {
    this.#closed = undefined;
  }

  /** Rejects all sends with this error, and accepts none until somebody signs in. */
  close(error: CallError): void {
    this.clear(error);
    this.#closed = error;
  }

  /** Whether the user that these sends belong to is known. */
  get isOwned(): boolean {
    return this.#userId !== undefined;
  }

  /**
   * Sets the user that these sends belong to. Another user's sends are rejected, because they must not go out under this
   * name.
   */
  belongTo(userId: string): void {
    if (this.#userId !== undefined && this.#userId !== userId) {
      this.clear(new CallError('unauthenticated', {message: 'Another user signed in.'}));
    }
    this.#userId = userId;
    this.open();
  }

  /** Starts sending for this user. */
  start(userId: string): void {
    this.belongTo(userId);
    this.#online?.abort();
    this.#online = new AbortController();
    for (const roomId of this.#rooms.keys()) this.#run(roomId);
  }

  /** Stops sending until `start`. Nothing is lost. */
  stop(): void {
    this.#online?.abort();
    this.#online = undefined;
  }

  /** Rejects all sends with this error. `details.mayBeStored` marks those that were tried and not answered. */
  clear(error: CallError): void {
    const queues = [...this.#rooms];
    this.#rooms.clear();
    this.#userId = undefined;
    for (const [roomId, queue] of queues) {
      for (const {entry, reject} of queue) reject(givenUp(error, entry));
      this.#changed(roomId);
    }
  }

  #push(entry: OutboxEntry): Promise<SendResult> {
    const sent = new Promise<SendResult>((resolve, reject) => {
      const queue = this.#rooms.get(entry.roomId) ?? [];
      this.#rooms.set(entry.roomId, queue);
      queue.push({entry, resolve, reject});
    });
    // An interface may watch the outbox instead of each promise. A refusal that nobody awaits must not end a Node process.
    sent.catch(() => undefined);
    return sent;
  }

  #run(roomId: string): void {
    if (this.#running.has(roomId) || this.#online === undefined) return;
    this.#running.add(roomId);
    void this.#drain(roomId).finally(() => {
      this.#running.delete(roomId);
      if (this.#online !== undefined && this.#rooms.has(roomId)) this.#run(roomId);
    });
  }

  async #drain(roomId: string): Promise<void> {
    for (let sending = this.#head(roomId); sending !== undefined; sending = this.#head(roomId)) {
      const signal = this.#online?.signal;
      if (signal === undefined) return;
      const error = await this.#attempt(sending);
      if (error === undefined) continue;
      await this.#dependencies.pause(sending.entry.attempts, error.retryAfterMs, signal);
    }
  }

  /** Sends one entry once. Returns the error if the entry has to be tried again. */
  async #attempt(sending: Sending): Promise<CallError | undefined> {
    this.#update(sending, {state: 'sending'});
    try {
      const result = await this.#dependencies.deliver(sending.entry);
      this.#dependencies.acknowledged(sending.entry, result);
      this.#drop(sending);
      sending.resolve(result);
    } catch (caught) {
      const error = asCallError(caught);
      const {attempts, failures} = sending.entry;
      const failed = failures + (error.code === 'internal' ? 1 : 0);
      if (error.retryable && failed < maxInternalFailures) {
        this.#update(sending, {state: 'waiting', attempts: attempts + 1, failures: failed});
        return error;
      }
      this.#drop(sending);
      this.#dependencies.refused({entry: sending.entry, error});
      sending.reject(error);
    }
    return undefined;
  }

  #head(roomId: string): Sending | undefined {
    return this.#rooms.get(roomId)?.[0];
  }

  #update(sending: Sending, change: Partial<OutboxEntry>): void {
    sending.entry = {...sending.entry, ...change};
    this.#changed(sending.entry.roomId);
  }

  #drop(sending: Sending): void {
    const {roomId} = sending.entry;
    const queue = this.#rooms.get(roomId) ?? [];
    const index = queue.indexOf(sending);
    if (index >= 0) queue.splice(index, 1);
    this.#changed(roomId);
  }

  #changed(roomId: string): void {
    if (this.#rooms.get(roomId)?.length === 0) this.#rooms.delete(roomId);
    this.#dependencies.changed(roomId);
  }
}

/** Creates an error for each send, since each has its own stack and details. */
function givenUp({code, message, retryable}: CallError, entry?: OutboxEntry): CallError {
  const mayBeStored = entry !== undefined && (entry.state === 'sending' || entry.attempts > 0);
  return new CallError(code, {message, retryable, ...(mayBeStored ? {details: {mayBeStored}} : {})});
}
