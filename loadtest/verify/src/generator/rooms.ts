/** The rooms in which people meet, of several kinds. */
import {outcomeOf} from '../history/operation.ts';
import type {History} from '../history/history.ts';
import type {SdkDevice} from './sdk-device.ts';

const placesInNarrowRooms = 5;
const openRooms = 3;
const friends = 3;

export class Rooms {
  readonly #history: History;
  /** Everyone is in this one and stays. */
  readonly square: string;
  /** People join and leave, and are removed. */
  readonly open: string[];
  /** More people want to join than may. */
  readonly narrow: string[];
  /** By invitation only. */
  readonly #closed: string[];
  /** Rooms of a few people, and of two. In most chats most messages are sent among few. */
  readonly #small: string[] = [];
  readonly ownerId: string;
  /** By id, in the order in which they came. */
  readonly #names = new Map<string, string>();

  private constructor(
    history: History,
    ownerId: string,
    {square, open, narrow, closed}: {square: string; open: string[]; narrow: string[]; closed: string[]},
  ) {
    this.#history = history;
    this.ownerId = ownerId;
    this.square = square;
    this.open = open;
    this.narrow = narrow;
    this.#closed = closed;
  }

  static async create(history: History, owner: SdkDevice): Promise<Rooms> {
    const create = async (title: string, more: {capacity?: number; visibility?: 'private'} = {}) => {
      const input = {title, ephemeral: false, ...more};
      return (await owner.client.call('room:create', input)).room.id;
    };
    const square = await create('Square');
    const open = [];
    for (let number = 1; number <= openRooms; number += 1) open.push(await create(`Open ${number}`));
    const narrow = [await create('Narrow', {capacity: placesInNarrowRooms})];
    const closed = [await create('By invitation', {visibility: 'private'})];
    return new Rooms(history, owner.owner.userId, {square, open, narrow, closed});
  }

  get all(): string[] {
    return [this.square, ...this.open, ...this.narrow, ...this.#closed, ...this.#small];
  }

  others(userId: string): string[] {
    return [...this.#names.keys()].filter((id) => id !== userId);
  }

  nameOf(userId: string): string {
    return this.#names.get(userId)!;
  }

  isOurs(roomId: string): boolean {
    return this.all.includes(roomId);
  }

  /** Adds a newcomer to every room that has a place, together with the other recent newcomers. */
  async welcome(owner: SdkDevice, newcomer: SdkDevice): Promise<void> {
    const {userId} = newcomer.owner;
    const before = [...this.#names.keys()].slice(-friends);
    this.#names.set(userId, newcomer.client.user!.name);
    if (newcomer === owner) return;
    for (const roomId of [this.square, ...this.open]) await newcomer.client.call('room:join', {roomId});
    for (const roomId of this.#closed) await owner.client.call('member:add', {roomId, userId});
    const direct = await newcomer.client.call('direct:open', {userId: before.at(-1)!});
    this.#small.push(direct.room.id);
    const title = `Corner ${this.#small.length}`;
    const corner = await newcomer.client.call('room:create', {
      title,
      visibility: 'private',
      ephemeral: false,
    });
    this.#small.push(corner.room.id);
    for (const friend of before) {
      await newcomer.client.call('member:add', {roomId: corner.room.id, userId: friend});
    }
  }

  /** Reads pages of history from the newest on. Without a limit, it reads all of it. */
  async readHistory(
    device: SdkDevice,
    roomId: string,
    {pages: most = Infinity, limit}: {pages?: number; limit: number},
  ): Promise<void> {
    const end = this.#history.begin({kind: 'history', ...device.owner, roomId});
    const pages: number[][] = [];
    try {
      let isWhole = false;
      while (!isWhole && pages.length < most) {
        const before = pages.at(-1)?.at(-1);
        const page = await device.client.call('message:list', {roomId, limit, before});
        pages.push(page.messages.map(({seq}) => seq));
        isWhole = !page.more;
      }
      end({outcome: 'ok', pages, isWhole});
    } catch (error) {
      end(outcomeOf(error));
    }
  }
}
