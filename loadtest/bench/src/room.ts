import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import type {Member, ReadPayload} from './member.ts';
import {Transcript, Violation} from './transcript.ts';

/** A delivery that takes longer than this counts as lost. */
const settleWithinMs = 10_000;

/** One room in the driver: its members, what was sent to it, and the proof that everyone received it once. */
export class Room {
  readonly members: readonly Member[];
  readonly #transcript: Transcript;
  readonly #unread = new Set<string>();
  #awaited = 0;
  #failure: Error | undefined;
  #settled: (() => void) | undefined;
  deliveries = 0;

  /** Call it when all members have joined and before anything is sent. */
  constructor(members: readonly Member[], read: ReadPayload) {
    this.members = members;
    this.#transcript = new Transcript((payload) => this.#readOnce(read(payload)));
    for (const member of members) {
      const listener = this.#transcript.addListener();
      member.onPayload = (payload) => this.#hear(listener, payload);
    }
  }

  /** Sends one message. Resolves when the server has acknowledged it, if the server acknowledges at all. */
  async post(sender: Member, text: string): Promise<void> {
    const clientId = randomUUID();
    this.#unread.add(clientId);
    this.#awaited += this.members.length;
    await sender.send(clientId, text);
  }

  /** Resolves once every member has received everything that was sent so far. Rejects on a violation. */
  async settle(): Promise<void> {
    if (this.#awaited > 0 && !this.#failure) {
      const giveUp = new AbortController();
      const late = delay(settleWithinMs, undefined, {signal: giveUp.signal}).then(
        () => this.#fail(new Violation(`${this.#awaited} deliveries are missing`)),
        () => undefined,
      );
      await Promise.race([new Promise<void>((resolve) => (this.#settled = resolve)), late]);
      giveUp.abort();
    }
    if (this.#failure) throw this.#failure;
    this.#transcript.forget();
  }

  close(): void {
    for (const member of this.members) member.close();
  }

  #hear(listener: number, payload: Buffer): void {
    try {
      const messages = this.#transcript.hear(listener, payload);
      this.deliveries += messages;
      this.#awaited -= messages;
    } catch (error) {
      this.#fail(error as Error);
    }
    if (this.#awaited === 0) this.#settled?.();
  }

  #readOnce(clientIds: string[]): number {
    for (const clientId of clientIds) {
      if (!this.#unread.delete(clientId)) throw new Violation(`${clientId} came twice, or was never sent`);
    }
    return clientIds.length;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settled?.();
  }
}
