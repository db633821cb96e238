/** A user with devices who does what people do in a chat. Everything is recorded. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import type {Message} from '@madang/protocol/messages';
import type {Random} from '../random.ts';
import type {Rooms} from './rooms.ts';
import type {RawDevice} from './raw-device.ts';
import type {SdkDevice} from './sdk-device.ts';

const doings = {
  say: 100,
  sayRaw: 40,
  mention: 10,
  answer: 10,
  react: 8,
  repeat: 4,
  edit: 5,
  remove: 2,
  comeOrGo: 4,
  race: 3,
  moderate: 3,
  readHistory: 2,
  reconnect: 2,
};
type Doing = keyof typeof doings;

const rememberedMessages = 20;
const emoji = ['👍', '🎉', '👀'];
const triesOfRawSends = 20;
/** After this many messages without an answer, a person waits for one. */
const mostUnanswered = 10;

/** What goes with the text of a message. */
type Attached = {to?: string; replyTo?: number; threadOf?: number};
type Said = {roomId: string; seq: number; clientId?: string; text: string};

export class Person {
  readonly name: string;
  readonly sdk: SdkDevice;
  readonly raw: RawDevice | undefined;
  readonly #rooms: Rooms;
  readonly #random: Random;
  readonly #said: Said[] = [];
  readonly #unanswered = new Set<Promise<void>>();
  #count = 0;

  constructor(name: string, devices: {sdk: SdkDevice; raw?: RawDevice}, rooms: Rooms, random: Random) {
    this.name = name;
    this.sdk = devices.sdk;
    this.raw = devices.raw;
    this.#rooms = rooms;
    this.#random = random;
  }

  get userId(): string {
    return this.sdk.owner.userId;
  }

  /** Does one thing after the other, at about this rate, until told to stop. Resolves once everything is answered. */
  async live(everyMs: number, stop: AbortSignal): Promise<void> {
    await this.#goAbout(everyMs, stop);
    await Promise.all(this.#unanswered);
  }

  async #goAbout(everyMs: number, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      // The pauses are exponential, because people act in bursts.
      const pauseMs = Math.min(-Math.log(1 - this.#random.next()) * everyMs, 10 * everyMs);
      await delay(pauseMs, undefined, {signal: stop}).catch(() => undefined);
      if (stop.aborted) return;
      await this.#do(this.#random.weighted(doings), stop);
    }
  }

  async #do(doing: Doing, stop: AbortSignal): Promise<void> {
    switch (doing) {
      case 'say':
        return this.#sayOn(this.#say());
      case 'sayRaw':
        return this.#sayOn(this.raw ? this.#sayRaw(this.raw, stop) : this.#say());
      case 'mention':
        return this.#sayOn(this.#say(() => ({to: this.#random.pick(this.#rooms.others(this.userId))})));
      case 'answer':
        return this.#sayOn(this.#say((roomId) => this.#answerIn(roomId)));
      case 'react':
        return this.#react();
      case 'repeat':
        return this.#repeat();
      case 'edit':
        return this.#edit();
      case 'remove':
        return this.#remove();
      case 'comeOrGo':
        return this.#comeOrGo();
      case 'race':
        return this.#race();
      case 'moderate':
        return this.#moderate();
      case 'readHistory':
        return this.#readHistory();
      case 'reconnect':
        return this.#reconnect();
    }
  }

  /** People continue to write while their messages are pending, up to a limit. */
  async #sayOn(saying: Promise<void>): Promise<void> {
    const answered = saying.finally(() => this.#unanswered.delete(answered));
    this.#unanswered.add(answered);
    if (this.#unanswered.size >= mostUnanswered) await Promise.race(this.#unanswered);
  }

  /** Returns a text that nobody has sent, so that a message is known by its text. */
  #nextText(): string {
    this.#count += 1;
    return `${this.name} ${this.#count}`;
  }

  #roomToSpeakIn(): string | undefined {
    const rooms = [...this.sdk.client.rooms.keys()].filter((id) => this.#rooms.isOurs(id));
    return rooms.length === 0 ? undefined : this.#random.pick(rooms);
  }

  async #say(attach: (roomId: string) => Attached = () => ({})): Promise<void> {
    const roomId = this.#roomToSpeakIn();
    if (roomId === undefined) return;
    const {to, ...more} = attach(roomId);
    const said = this.#nextText();
    const text = to === undefined ? said : `${said} @${this.#rooms.nameOf(to)}`;
    const sent = await this.sdk.send(roomId, {text, ...more, ...(to === undefined ? {} : {mentions: [to]})});
    if (sent) this.#remember({roomId, seq: sent.seq, text});
  }

  /** Quotes a message that it sees in the room, or replies in its thread. */
  #answerIn(roomId: string): Attached {
    const seen = this.#seenIn(roomId);
    if (seen === undefined) return {};
    return this.#random.next() < 0.5 ? {replyTo: seen.seq} : {threadOf: seen.threadOf ?? seen.seq};
  }

  #seenIn(roomId: string): Pick<Message, 'seq' | 'threadOf'> | undefined {
    const seen = this.sdk.client.rooms.get(roomId)?.timeline.messages.slice(-rememberedMessages) ?? [];
    return seen.length === 0 ? undefined : this.#random.pick(seen);
  }

  async #react(): Promise<void> {
    const roomId = this.#roomToSpeakIn();
    const seq = roomId === undefined ? undefined : this.#seenIn(roomId)?.seq;
    if (roomId === undefined || seq === undefined) return;
    const input = {roomId, seq, emoji: this.#random.pick(emoji), on: this.#random.next() < 0.7};
    await this.sdk.operate({kind: 'react', roomId, seq}, ({rev}) => ({rev}), 'reaction:set', input);
  }

  /** Sends as a careful client does: with the same clientId until there is an answer. */
  async #sayRaw(raw: RawDevice, stop: AbortSignal): Promise<void> {
    const roomId = this.#roomToSpeakIn();
    if (roomId === undefined) return;
    const [clientId, text] = [randomUUID(), this.#nextText()];
    for (let tries = 0; tries < triesOfRawSends && !stop.aborted && !raw.isOver; tries += 1) {
      if (raw.isOnline) {
        const sent = await raw.send(roomId, clientId, text);
        if (sent === 'refused') return;
        if (sent) return this.#remember({roomId, seq: sent.seq, clientId, text});
      }
      await delay(300);
    }
  }

  /** Resends what was acknowledged long ago, as a client does whose disk lost the acknowledgement. */
  async #repeat(): Promise<void> {
    const old = this.#said.find(({clientId}) => clientId !== undefined);
    if (this.raw?.isOnline && old?.clientId) await this.raw.send(old.roomId, old.clientId, old.text);
  }

  async #edit(): Promise<void> {
    if (this.#said.length === 0) return;
    const {roomId, seq} = this.#random.pick(this.#said);
    const text = this.#nextText();
    await this.sdk.operate({kind: 'edit', roomId, seq, text}, ({rev}) => ({rev}), 'message:edit', {
      roomId,
      seq,
      text,
    });
  }

  async #remove(): Promise<void> {
    const [old] = this.#said.splice(0, 1);
    if (!old) return;
    const {roomId, seq} = old;
    await this.sdk.operate({kind: 'delete', roomId, seq}, ({rev}) => ({rev}), 'message:delete', {
      roomId,
      seq,
    });
  }

  async #comeOrGo(): Promise<void> {
    const roomId = this.#random.pick(this.#rooms.open);
    if (this.sdk.client.rooms.has(roomId)) await this.#leave(roomId);
    else await this.#join(roomId);
  }

  /** Tries to join a room that is always full, or leaves it to make a place. */
  async #race(): Promise<void> {
    const roomId = this.#random.pick(this.#rooms.narrow);
    if (this.sdk.client.rooms.has(roomId)) await this.#leave(roomId);
    else await this.#join(roomId);
  }

  async #join(roomId: string): Promise<void> {
    await this.sdk.operate({kind: 'join', roomId}, () => ({}), 'room:join', {roomId});
  }

  async #leave(roomId: string): Promise<void> {
    // The owner of a room stays, so that there is always someone who can moderate.
    if (this.#rooms.ownerId === this.userId) return;
    await this.sdk.operate({kind: 'leave', roomId}, ({leftAt}) => ({rev: leftAt}), 'room:leave', {roomId});
  }

  /** The owner removes somebody, or bans and unbans them. */
  async #moderate(): Promise<void> {
    if (this.#rooms.ownerId !== this.userId) return;
    const roomId = this.#random.pick(this.#rooms.open);
    const userId = this.#random.pick(this.#rooms.others(this.userId));
    const about = {roomId, targetId: userId};
    if (this.#random.next() < 0.6) {
      const kick = {kind: 'kick', ...about} as const;
      await this.sdk.operate(kick, ({leftAt}) => ({rev: leftAt}), 'member:remove', {roomId, userId});
      return;
    }
    const ban = {kind: 'ban', ...about} as const;
    const found = ({leftAt}: {leftAt?: number | undefined}) => (leftAt === undefined ? {} : {rev: leftAt});
    await this.sdk.operate(ban, found, 'member:update', {roomId, userId, banned: true});
    await delay(1_000);
    for (let tries = 0; tries < triesOfRawSends; tries += 1) {
      const pardon = {kind: 'unban', ...about} as const;
      const call = {roomId, userId, banned: false};
      if (await this.sdk.operate(pardon, () => ({}), 'member:update', call)) return;
      await delay(500);
    }
  }

  async #readHistory(): Promise<void> {
    const roomId = this.#roomToSpeakIn();
    if (roomId !== undefined) await this.#rooms.readHistory(this.sdk, roomId, {pages: 3, limit: 20});
  }

  async #reconnect(): Promise<void> {
    if (this.raw && this.#random.next() < 0.5) return this.raw.drop();
    this.sdk.disconnect();
    await delay(this.#random.between(0, 1_500));
    await this.sdk.client.connect().catch(() => undefined);
  }

  #remember(said: Said): void {
    this.#said.push(said);
    if (this.#said.length > rememberedMessages) this.#said.shift();
  }
}
