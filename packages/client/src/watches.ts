import {backoffMs, wait, type BackoffTimes} from './backoff.ts';
import {asCallError} from './call-error.ts';
import type {Caller, CallName} from './calls.ts';
import type {ServerEvents} from './wire.ts';

type Watch = 'presence:watch' | 'lobby:watch';
type Emit = <Name extends 'presence:changed' | 'lobby:reset'>(
  name: Name,
  payload: ServerEvents[Name],
) => void;

/**
 * The user's watches of presence and lobby. A watch belongs to a connection: on a new one the client watches again, and
 * receives what it may have missed.
 */
export class Watches {
  readonly #caller: Caller;
  readonly #times: BackoffTimes;
  readonly #emit: Emit;
  readonly #watched = new Set<Watch>();
  #isAway = false;

  constructor(caller: Caller, times: BackoffTimes, emit: Emit) {
    this.#caller = caller;
    this.#times = times;
    this.#emit = emit;
  }

  /** Returns the current watches, for `renew` on a new connection. Watches that begin later need no renewal. */
  get present(): readonly Watch[] {
    return [...this.#watched];
  }

  /** Records that a call of this name succeeded. */
  succeeded(name: CallName): void {
    if (name === 'presence:watch' || name === 'lobby:watch') this.#watched.add(name);
    if (name === 'presence:unwatch') this.#watched.delete('presence:watch');
    if (name === 'lobby:unwatch') this.#watched.delete('lobby:watch');
  }

  clear(): void {
    this.#watched.clear();
    this.#isAway = false;
  }

  /** Says whether somebody is at this client; it is said again on each new connection. */
  async setAway(away: boolean): Promise<void> {
    this.#isAway = away;
    await this.#caller.call('presence:set', {away});
  }

  /** A new connection is not away. */
  async renewAway(signal: AbortSignal): Promise<void> {
    await this.#repeat(
      signal,
      () => this.#isAway,
      () => this.setAway(true),
    );
  }

  async renew(watch: Watch, signal: AbortSignal): Promise<void> {
    await this.#repeat(
      signal,
      () => this.#watched.has(watch),
      () => this.#watchAgain(watch),
    );
  }

  async #repeat(signal: AbortSignal, isWanted: () => boolean, act: () => Promise<void>): Promise<void> {
    for (let attempt = 1; !signal.aborted && isWanted(); attempt += 1) {
      try {
        return await act();
      } catch (error) {
        const {retryable, retryAfterMs} = asCallError(error);
        if (!retryable) return;
        await wait(backoffMs(attempt, this.#times, {retryAfterMs}), signal);
      }
    }
  }

  async #watchAgain(watch: Watch): Promise<void> {
    if (watch === 'lobby:watch') {
      await this.#caller.call(watch, {});
      return this.#emit('lobby:reset', {});
    }
    const {online, users} = await this.#caller.call(watch, {});
    this.#emit('presence:changed', {online, joined: users, left: []});
  }
}
