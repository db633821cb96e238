/** Makes changes of messages in many rooms, in the database and at a rate, because these trials do not measure gateways. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {createAppender, type Appender} from '@madang/database/messages/append';
import {deleteMessage, editMessage} from '@madang/database/messages/messages';
import {grantMembership, type Membership} from '@madang/database/rooms/membership';
import {createRoom, findRoomAccess} from '@madang/database/rooms/rooms';
import {insertAccount} from '@madang/database/users/users';
import {Random} from '../../random.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
const deadlineMs = 30_000;
const tickMs = 10;
const doings = {send: 85, edit: 10, remove: 5};

type Room = {id: string; owner: Membership; seqs: number[]};

export class Writers {
  /** When a message was acknowledged, by room and seq. */
  readonly sentAt = new Map<string, number>();
  changes = 0;
  readonly #tenantId: string;
  readonly #db: Database;
  readonly #appender: Appender;
  readonly #userId: string;
  readonly #rooms: Room[];
  readonly #random = new Random(1);

  private constructor(tenantId: string, db: Database, userId: string, rooms: Room[]) {
    this.#tenantId = tenantId;
    this.#db = db;
    this.#userId = userId;
    this.#rooms = rooms;
    this.#appender = createAppender(db, {log: silent, onCommitted() {}, deadlineMs});
  }

  static async gather(databaseUrl: string, tenantId: string, count: number): Promise<Writers> {
    const times = {statementTimeoutMs: deadlineMs, deadlineMs};
    const db = createDatabase({url: databaseUrl, log: silent, applicationName: 'writers', ...times});
    const account = {tenantId, name: 'writer', passwordHash: 'none', color: '#112233'};
    const {id: userId} = (await insertAccount(db, account)).user;
    const rooms: Room[] = [];
    for (let no = 0; no < count; no += 1) {
      const fields = {title: `Case ${no}`, visibility: 'private', ephemeral: false} as const;
      const {id} = (await createRoom(db, {tenantId, userId, ...fields})).state.room;
      const access = await findRoomAccess(db, {tenantId, roomId: id, userId});
      rooms.push({id, owner: grantMembership(access!.membership!), seqs: []});
    }
    return new Writers(tenantId, db, userId, rooms);
  }

  /** Makes this many changes at a steady rate, or makes changes until told to stop. */
  async write(count: number, perSecond: number, stop?: AbortSignal): Promise<void> {
    const begunAt = performance.now();
    const underWay: Promise<void>[] = [];
    for (let begun = 0; begun < count && !stop?.aborted;) {
      const due = Math.min(count, ((performance.now() - begunAt) / 1_000) * perSecond);
      for (; begun < due; begun += 1) underWay.push(this.#change());
      await delay(tickMs);
    }
    await Promise.all(underWay);
  }

  async close(): Promise<void> {
    await this.#appender.close();
    await this.#db.close();
  }

  async #change(): Promise<void> {
    const room = this.#random.pick(this.#rooms);
    const doing = this.#random.weighted(doings);
    const text = `change ${(this.changes += 1)}, of the usual length, with some ten words or so`;
    if (doing === 'send' || room.seqs.length === 0) return this.#send(room, text);
    // Removed from the list, because a deleted message cannot be changed again.
    const [seq] = room.seqs.splice(Math.floor(this.#random.next() * room.seqs.length), 1) as [number];
    if (doing === 'remove') return void (await deleteMessage(this.#db, room.owner, {seq}));
    await editMessage(this.#db, room.owner, {seq, text});
    room.seqs.push(seq);
  }

  async #send(room: Room, text: string): Promise<void> {
    const sender = {id: this.#userId, kind: 'account', name: 'writer', color: '#112233'} as const;
    const {seq} = await this.#appender.append({
      tenantId: this.#tenantId,
      roomId: room.id,
      senderId: this.#userId,
      sender,
      clientId: randomUUID(),
      text,
      receivedAt: performance.now(),
    });
    this.sentAt.set(`${room.id} ${seq}`, performance.now());
    room.seqs.push(seq);
  }
}
