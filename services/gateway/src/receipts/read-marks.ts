import type {Marked} from '@madang/database/messages/messages';
import type {Membership} from '@madang/database/rooms/membership';
import type {MarkReadResult} from '@madang/protocol/presence';
import type {Broadcast} from '../broadcast.ts';

/** A reader who scrolls sends many marks a second; one write a second is enough. */
const everyMs = 1_000;

type Waiting = {
  member: Membership;
  seq: number;
  connectionId?: string;
  result: Promise<MarkReadResult>;
  /** Writes now or, with a result, answers with that. */
  begin(answer?: Promise<MarkReadResult>): void;
};
type Slot = {timer?: NodeJS.Timeout; waiting?: Waiting; writing?: Promise<unknown>};

/** Read marks, at most one write a second per user and room. */
export type ReadMarks = {
  /** Resolves once a write that covers `seq` is done; callers within one second share it and its result. */
  mark(member: Membership, seq: number, connectionId?: string): Promise<MarkReadResult>;
  /**
   * Marks messages from `seq` on as unread, at once. Marks of this node that have not been written yet are dropped: they
   * are what is taken back.
   */
  back(member: Membership, seq: number, connectionId?: string): Promise<MarkReadResult>;
  /** Writes the pending marks at once. */
  close(): Promise<void>;
};

export type ReadMarksDeps = {
  write(member: Membership, seq: number): Promise<Marked>;
  writeBack(member: Membership, seq: number): Promise<Marked>;
  broadcast: Pick<Broadcast, 'emit' | 'signal'>;
};

/**
 * Makes the read marks of one node. The first mark is written at once. Marks of the following second wait for one write
 * of the highest mark. All of them return its result, so that every answer is what the database says.
 */
export function createReadMarks({write, writeBack, broadcast}: ReadMarksDeps): ReadMarks {
  const slots = new Map<string, Slot>();

  /** Tells the user's other devices where the mark is, and all of them which inbox items it has read. */
  function tell(
    {userId, roomId}: Membership,
    {items, ...mark}: Marked,
    connectionId: string | undefined,
    hasMoved: boolean,
  ): MarkReadResult {
    if (hasMoved) broadcast.emit({user: userId}, 'room:read', {roomId, ...mark}, connectionId);
    if (items > 0) broadcast.signal({kind: 'notified', userIds: [userId]});
    return mark;
  }

  async function writeNow(member: Membership, seq: number, connectionId?: string): Promise<MarkReadResult> {
    const marked = await write(member, seq);
    return tell(member, marked, connectionId, marked.readSeq > member.readSeq);
  }

  async function writeNowBack(slot: Slot, member: Membership, seq: number, connectionId?: string) {
    // A mark that is being written comes first, so that the database does not see it after this one.
    await slot.writing?.catch(() => undefined);
    return tell(member, await writeBack(member, seq), connectionId, true);
  }

  /** Allows the next write after a second, and drops the slot if no write is wanted by then. */
  function pause(key: string, slot: Slot): void {
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => {
      const {waiting} = slot;
      if (!waiting) return void slots.delete(key);
      slot.waiting = undefined;
      pause(key, slot);
      waiting.begin();
    }, everyMs).unref();
  }

  function join(slot: Slot, member: Membership, seq: number, connectionId?: string): Promise<MarkReadResult> {
    if (slot.waiting) {
      if (seq > slot.waiting.seq) Object.assign(slot.waiting, {seq, connectionId});
      return slot.waiting.result;
    }
    const {promise, resolve} = Promise.withResolvers<MarkReadResult | undefined>();
    const waiting: Waiting = {
      member,
      seq,
      connectionId,
      begin: resolve,
      result: promise.then((answer) => answer ?? startWrite(slot, member, waiting.seq, waiting.connectionId)),
    };
    slot.waiting = waiting;
    return waiting.result;
  }

  function startWrite(slot: Slot, member: Membership, seq: number, connectionId?: string) {
    const result = writeNow(member, seq, connectionId);
    slot.writing = result;
    return result;
  }

  return {
    mark(member, seq, connectionId) {
      const key = `${member.roomId}:${member.userId}`;
      const busy = slots.get(key);
      if (busy) return join(busy, member, seq, connectionId);
      const slot: Slot = {};
      slots.set(key, slot);
      pause(key, slot);
      return startWrite(slot, member, seq, connectionId);
    },

    back(member, seq, connectionId) {
      const key = `${member.roomId}:${member.userId}`;
      const slot = slots.get(key) ?? {};
      slots.set(key, slot);
      const dropped = slot.waiting;
      slot.waiting = undefined;
      pause(key, slot);
      const result = writeNowBack(slot, member, seq, connectionId);
      slot.writing = result;
      dropped?.begin(result);
      return result;
    },

    async close() {
      const results = [...slots.values()].flatMap(({timer, waiting, writing}) => {
        clearTimeout(timer);
        waiting?.begin();
        return [writing, waiting?.result].filter((result) => result !== undefined);
      });
      slots.clear();
      await Promise.allSettled(results);
    },
  };
}
