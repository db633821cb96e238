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
  begin(): void;
};
type Slot = {timer?: NodeJS.Timeout; waiting?: Waiting};

/** Read marks, at most one write a second per user and room. */
export type ReadMarks = {
  /** Resolves once a write that covers `seq` is done; callers within one second share it and its result. */
  mark(member: Membership, seq: number, connectionId?: string): Promise<MarkReadResult>;
  /** Writes the pending marks at once. */
  close(): Promise<void>;
};

export type ReadMarksDeps = {
  write(member: Membership, seq: number): Promise<MarkReadResult>;
  broadcast: Pick<Broadcast, 'emit'>;
};

/**
 * Makes the read marks of one node. The first mark is written at once. Marks of the following second wait for one write
 * of the highest mark. All of them return its result, so that every answer is what the database says.
 */
export function createReadMarks({write, broadcast}: ReadMarksDeps): ReadMarks {
  const slots = new Map<string, Slot>();

  async function writeNow(member: Membership, seq: number, connectionId?: string): Promise<MarkReadResult> {
    const {userId, roomId, readSeq} = member;
    const result = await write(member, seq);
    if (result.readSeq > readSeq)
      broadcast.emit({user: userId}, 'room:read', {roomId, ...result}, connectionId);
    return result;
  }

  /** Allows the next write after a second, and drops the slot if no write is wanted by then. */
  function pause(key: string, slot: Slot): void {
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
    const {promise, resolve} = Promise.withResolvers<void>();
    const waiting: Waiting = {
      member,
      seq,
      connectionId,
      begin: resolve,
      result: promise.then(() => writeNow(member, waiting.seq, waiting.connectionId)),
    };
    slot.waiting = waiting;
    return waiting.result;
  }

  return {
    mark(member, seq, connectionId) {
      const key = `${member.roomId}:${member.userId}`;
      const busy = slots.get(key);
      if (busy) return join(busy, member, seq, connectionId);
      const slot: Slot = {};
      slots.set(key, slot);
      pause(key, slot);
      return writeNow(member, seq, connectionId);
    },

    async close() {
      const results = [...slots.values()].flatMap(({timer, waiting}) => {
        clearTimeout(timer);
        waiting?.begin();
        return waiting ? [waiting.result] : [];
      });
      slots.clear();
      await Promise.allSettled(results);
    },
  };
}
