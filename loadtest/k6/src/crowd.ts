/**
 * The people of one room, all in one virtual user of k6, so that each message is checked against all who must receive it.
 */
import type {Message} from '@madang/protocol/messages';
import {createDecoder} from './framing.ts';
import {readHistory} from './history.ts';
import {Ledger} from './ledger.ts';
import * as measures from './measures.ts';
import {addMembers, type Account, type Place} from './people.ts';
import {Person} from './person.ts';
import {Reader} from './reader.ts';
import {reportBreach} from './report-breach.ts';
import {messageText, sentAt} from './message-text.ts';
import {wait} from './wait.ts';

/** Longer than a send's deadline and the pulse together, on which delivery falls back. */
const settleWithinMs = 15_000;
const connectAtOnce = 10;

export class Crowd {
  readonly #place: Place;
  readonly #roomId: string;
  readonly #accounts: Account[];
  readonly #people: Person[];
  readonly #readers: Reader[];
  #ledger: Ledger | undefined;
  #base = 0;

  constructor(place: Place, roomId: string, accounts: Account[]) {
    this.#place = place;
    this.#roomId = roomId;
    this.#accounts = accounts;
    this.#readers = accounts.map((_, listener) => this.#createReader(listener));
    const decode = createDecoder();
    this.#people = accounts.map(
      ({token}, index) =>
        new Person({
          url: place.url,
          token,
          decode,
          roomId,
          reader: this.#readers[index]!,
          onAcknowledged: (clientId, seq) => this.#ledger?.acknowledge(clientId, seq),
        }),
    );
  }

  /** Resolves once everyone receives the room. Messages sent from then on count. */
  async enter(): Promise<void> {
    addMembers(this.#place, this.#roomId, this.#accounts);
    for (let first = 0; first < this.#people.length; first += connectAtOnce) {
      await Promise.all(this.#people.slice(first, first + connectAtOnce).map((person) => person.enter()));
    }
    this.#base = Math.max(...this.#readers.map(({cursor}) => cursor!.rev));
    this.#ledger = new Ledger({listeners: this.#people.length, base: this.#base}, reportBreach);
  }

  /** Sends at this rate whether or not answers come, so that a slow cluster shows in the times and not in fewer sends. */
  async chat({rate, untilAt}: {rate: number; untilAt: number}): Promise<void> {
    const everyMs = 1_000 / rate;
    let at = Date.now() + Math.random() * everyMs;
    for (; at < untilAt; at += everyMs) {
      await wait(at - Date.now());
      this.say(at);
    }
    await wait(untilAt - Date.now());
  }

  /** Somebody sends a message that was due at this time. */
  say(at = Date.now()): void {
    const clientId = crypto.randomUUID();
    const text = messageText(at);
    this.#ledger!.begin(clientId, text);
    this.#people[Math.floor(Math.random() * this.#people.length)]!.send(clientId, {text, at});
  }

  /** Cuts everyone off at the same time. */
  storm(): void {
    for (const person of this.#people) person.drop();
  }

  /** Waits for pending sends and deliveries, and gives the verdict. */
  async settle(): Promise<void> {
    const ledger = this.#ledger!;
    const deadline = Date.now() + settleWithinMs;
    await waitFor(() => this.#unanswered() === 0, deadline);
    const history = readHistory(this.#place.url, this.#accounts[0]!.token, {
      roomId: this.#roomId,
      base: this.#base,
    });
    await waitFor(() => ledger.missing(history) === 0, Date.now() + settleWithinMs);
    measures.sendsUnanswered.add(this.#unanswered());
    ledger.close(history);
    measures.roomsChecked.add(1);
  }

  async leave(): Promise<void> {
    for (const person of this.#people) person.leave();
    // One turn of the event loop, in which the connections end.
    await wait(0);
  }

  #unanswered(): number {
    return this.#people.reduce((sum, {unanswered}) => sum + unanswered, 0);
  }

  #createReader(listener: number): Reader {
    return new Reader({
      message: (message) => this.#hear(listener, message),
      misordered: (detail) => reportBreach('misordered', 1, `listener ${listener}: ${detail}`),
    });
  }

  #hear(listener: number, message: Message): void {
    measures.delivered.add(1);
    measures.sendToDelivered.add(Date.now() - sentAt(message.text));
    this.#ledger?.hear(listener, message);
  }
}

async function waitFor(condition: () => boolean, deadline: number): Promise<void> {
  while (!condition() && Date.now() < deadline) await wait(100);
}
