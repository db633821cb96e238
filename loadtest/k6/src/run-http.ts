/** People who only use HTTP. In each turn one of them sends, all of them read the log, and one looks around. */
import {sleep} from 'k6';
import exec from 'k6/execution';
import type {Frame} from '@madang/protocol/log';
import {call, callAll} from './api.ts';
import {readHistory} from './history.ts';
import {Ledger} from './ledger.ts';
import * as measures from './measures.ts';
import {messageText, sentAt} from './message-text.ts';
import {path} from './path.ts';
import {addMembers, closeRoom, createRoom, signIn, signOut, type Account} from './people.ts';
import {roomsOf, usersOf, type Plan} from './plan.ts';
import {Reader} from './reader.ts';
import {reportBreach} from './report-breach.ts';
import type {Part} from './run-crowd.ts';

type RoomState = {epoch: string; head: number};

export function runHttp(plan: Plan, part: Part): void {
  const {iterationInTest: index, startTime} = exec.scenario;
  sleep(Math.max(0, startTime + (plan.rampMs * index) / roomsOf(part) - Date.now()) / 1_000);
  const names = Array.from({length: usersOf(part, index)}, (_, user) => `load-${part.name}-${index}-${user}`);
  const accounts = signIn(plan, names);
  const roomId = createRoom(plan, `Load test ${part.name} ${index}`);
  try {
    addMembers(plan, roomId, accounts);
    const room = new HttpRoom(plan.url, roomId, accounts);
    const untilAt = Math.max(startTime + plan.rampMs, Date.now()) + plan.durationMs;
    while (Date.now() < untilAt) {
      const turnEndsAt = Date.now() + 1_000 / Math.max(part.rate, 0.01);
      room.turn();
      sleep(Math.max(0, Math.min(turnEndsAt, untilAt) - Date.now()) / 1_000);
    }
    room.check();
  } finally {
    closeRoom(plan, roomId);
    signOut(plan, accounts);
  }
}

class HttpRoom {
  readonly #url: string;
  readonly #roomId: string;
  readonly #accounts: Account[];
  readonly #readers: Reader[];
  readonly #ledger: Ledger;
  readonly #base: number;

  constructor(url: string, roomId: string, accounts: Account[]) {
    this.#url = url;
    this.#roomId = roomId;
    this.#accounts = accounts;
    const [start] = this.#ask<{rooms: (RoomState & {room: {id: string}})[]}>('GET', () => '/me');
    const state = start!.rooms.find(({room}) => room.id === roomId)!;
    this.#base = state.head;
    this.#ledger = new Ledger({listeners: accounts.length, base: state.head}, reportBreach);
    this.#readers = accounts.map((_, listener) => this.#createReader(listener, state));
  }

  turn(): void {
    this.#send();
    this.#readLog();
    const looks = [
      '/me',
      '/rooms?limit=50',
      path`/rooms/${this.#roomId}/members`,
      path`/rooms/${this.#roomId}/messages`,
    ];
    const look = looks[Math.floor(Math.random() * looks.length)]!;
    call(this.#url, {method: 'GET', path: look, token: this.#anyone().token});
  }

  check(): void {
    this.#readLog();
    const token = this.#accounts[0]!.token;
    this.#ledger.close(readHistory(this.#url, token, {roomId: this.#roomId, base: this.#base}));
    measures.roomsChecked.add(1);
  }

  #send(): void {
    const at = Date.now();
    const body = {clientId: crypto.randomUUID(), text: messageText(at)};
    this.#ledger.begin(body.clientId, body.text);
    const messages = path`/rooms/${this.#roomId}/messages`;
    const request = {method: 'POST', path: messages, token: this.#anyone().token, body};
    const {seq} = call<{seq: number}>(this.#url, request);
    this.#ledger.acknowledge(body.clientId, seq);
    measures.acknowledged.add(1);
    measures.sendToAcknowledged.add(Date.now() - at);
  }

  #readLog(): void {
    let isMore: boolean;
    do {
      const frames = this.#ask<Frame>('GET', (listener) => {
        const {epoch, rev} = this.#readers[listener]!.cursor!;
        return `${path`/rooms/${this.#roomId}/log`}?epoch=${encodeURIComponent(epoch)}&after=${rev}`;
      });
      isMore = frames.map((frame, listener) => this.#readers[listener]!.answer(frame)).some(Boolean);
    } while (isMore);
  }

  /** Makes the same request for everyone at once. */
  #ask<Body>(method: string, addressFor: (listener: number) => string): Body[] {
    return callAll<Body>(
      this.#url,
      this.#accounts.map(({token}, listener) => ({method, path: addressFor(listener), token})),
    );
  }

  #anyone(): Account {
    return this.#accounts[Math.floor(Math.random() * this.#accounts.length)]!;
  }

  #createReader(listener: number, state: RoomState): Reader {
    const reader = new Reader({
      message: (message) => {
        measures.delivered.add(1);
        measures.sendToDelivered.add(Date.now() - sentAt(message.text));
        this.#ledger.hear(listener, message);
      },
      misordered: (detail) => reportBreach('misordered', 1, `listener ${listener}: ${detail}`),
    });
    reader.state(state);
    return reader;
  }
}
