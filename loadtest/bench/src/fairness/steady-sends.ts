import {randomUUID} from 'node:crypto';
import type {Acknowledgement} from '@madang/protocol/events';
import {messageText} from '../message-text.ts';
import {enterRooms, type ProductRoom} from './product-room.ts';
import {count, openLoop, type Tally} from './tally.ts';

const connections = 5;

export type Window = {
  /** The time from when a send was due to its acknowledgement. */
  ackMs: number[];
  refusals: Tally;
};

/** A product that sends at a steady rate, without waiting for an answer before the next send. */
export class SteadySender {
  readonly #senders: ProductRoom[];
  #no = 0;

  private constructor(senders: ProductRoom[]) {
    this.#senders = senders;
  }

  static async enter(url: string, token: string): Promise<SteadySender> {
    return new SteadySender(await enterRooms(url, token, connections));
  }

  /** Sends for this long, and waits for the last answer. */
  async send(perSecond: number, ms: number): Promise<Window> {
    const window: Window = {ackMs: [], refusals: {}};
    const answers: Promise<void>[] = [];
    const startedAt = performance.now();
    const loop = openLoop(perSecond, () => {
      const dueAt = startedAt + (answers.length * 1_000) / perSecond;
      answers.push(this.#sendOne(dueAt, window));
    });
    await new Promise((resolve) => setTimeout(resolve, ms));
    loop.stop();
    await Promise.all(answers);
    return window;
  }

  async #sendOne(dueAt: number, {ackMs, refusals}: Window): Promise<void> {
    const {connection, roomId} = this.#senders[(this.#no += 1) % connections]!;
    const message = {roomId, clientId: randomUUID(), text: messageText};
    const answer = (await connection.call('message:send', message)) as Acknowledgement<unknown>;
    ackMs.push(performance.now() - dueAt);
    if (!answer.ok) count(refusals, answer.error.code);
  }

  close(): void {
    for (const {connection} of this.#senders) connection.close();
  }
}
