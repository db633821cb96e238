import {limits} from '@madang/protocol/limits';
import {CallError} from './call-error.ts';
import type {Calls, WireError} from './wire.ts';

export type CallName = keyof Calls;
export type CallInput<Name extends CallName> = Calls[Name]['input'];
export type CallResult<Name extends CallName> = Calls[Name]['result'];
/** The input may be left out only where it has no required field. */
export type CallArguments<Name extends CallName> =
  Record<never, never> extends CallInput<Name>
    ? [input?: CallInput<Name>, options?: CallOptions]
    : [input: CallInput<Name>, options?: CallOptions];
export type CallOptions = {timeoutMs?: number};

type Answer<Name extends CallName> = {ok: true; data: CallResult<Name>} | {ok: false; error: WireError};

/** One open connection. It sends an event, and passes on the acknowledgement if one arrives. */
export type Link = <Name extends CallName>(
  name: Name,
  input: CallInput<Name>,
  acknowledge: (answer: Answer<Name>) => void,
) => void;

/** Called with every result in the order of the wire, even when the call had already timed out. */
export type ResultListener = <Name extends CallName>(
  name: Name,
  input: CallInput<Name>,
  result: CallResult<Name>,
) => void;

type Call = {send: (link: Link) => void; fail: (error: CallError) => void};

// These calls are stale a moment later, so they do not wait for the next connection.
const volatileCalls: ReadonlySet<CallName> = new Set(['typing:set']);
const maxWaiting = 1_000;
/** Space for what Socket.IO adds to an event: packet types and the number of the acknowledgement. */
const packetBytes = 32;

/** Throws `too_large` for an event that the server would refuse, or that would make it close the connection. */
export function checkEventSize(name: CallName, input: unknown): void {
  const text = JSON.stringify([name, input]);
  const bytes = new TextEncoder().encode(text).length + packetBytes;
  if (bytes > limits.eventBytes)
    throw new CallError('too_large', {details: {bytes, limit: limits.eventBytes}});
}

/**
 * Makes calls over the current connection.
 *
 * A call made while connecting waits for the connection, up to its time-out. A call made offline is refused at once. When
 * the connection is lost or no acknowledgement comes, the call rejects with `unavailable`: its outcome is unknown.
 */
export class Caller {
  readonly #listener: ResultListener;
  readonly #timeoutMs: number;
  #link: Link | undefined;
  #connecting = false;
  readonly #waiting = new Set<Call>();
  readonly #sent = new Set<Call>();

  constructor(timeoutMs: number, listener: ResultListener) {
    this.#timeoutMs = timeoutMs;
    this.#listener = listener;
  }

  /** A connection is open: waiting calls are sent in the order in which they were made. */
  attach(link: Link): void {
    this.#link = link;
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      this.#sent.add(call);
      call.send(link);
    }
  }

  /** There is no connection; `connecting` says whether one is being made. */
  detach(connecting: boolean): void {
    this.#link = undefined;
    this.#connecting = connecting;
    const failed = connecting ? [...this.#sent] : [...this.#sent, ...this.#waiting];
    for (const call of failed) call.fail(new CallError('unavailable', {message: 'The connection was lost.'}));
  }

  /** Makes one call. `applied` runs when the result arrives, before any later event on the wire is handled. */
  call<Name extends CallName>(
    name: Name,
    input: CallInput<Name>,
    {timeoutMs = this.#timeoutMs}: CallOptions = {},
    applied?: (result: CallResult<Name>) => void,
  ): Promise<CallResult<Name>> {
    return new Promise((resolve, reject) => {
      checkEventSize(name, input);
      const call: Call = {
        send: (link) =>
          link(name, input, (answer) => {
            if (!answer.ok) return call.fail(CallError.fromWire(answer.error));
            this.#listener(name, input, answer.data);
            applied?.(answer.data);
            done();
            resolve(answer.data);
          }),
        fail: (error) => {
          done();
          reject(error);
        },
      };
      const timer = setTimeout(
        () => call.fail(new CallError('unavailable', {message: 'No answer came.'})),
        timeoutMs,
      );
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(call);
        this.#sent.delete(call);
      };
      this.#start(name, call);
    });
  }

  #start(name: CallName, call: Call): void {
    if (this.#link !== undefined) {
      this.#sent.add(call);
      call.send(this.#link);
    } else if (this.#connecting && !volatileCalls.has(name) && this.#waiting.size < maxWaiting) {
      this.#waiting.add(call);
    } else {
      call.fail(new CallError('unavailable', {message: 'Not connected.'}));
    }
  }
}
