/** Answers the pulse's question as the statement of `packages/database/src/delivery/pulse.ts` does. */
import {wireEpoch} from './reading.ts';
import {readSnapshot, writeSnapshot, type MoveRow, type Snapshot} from './rows.ts';
import type {Store} from './store.ts';

export function answerPulse(store: Store, values: readonly unknown[]) {
  const [, , given, server, roomIds, epochs, heads] = values as [
    string,
    number,
    string | undefined,
    string | undefined,
    string[],
    string[],
    number[],
  ];
  const {tables} = store;
  const serverId = `${tables.cluster.incarnation}@${store.start}`;
  const last = given === undefined ? undefined : readSnapshot(given);
  const oldestMark = Math.min(...tables.marks.map(({xact}) => xact), Infinity);
  const isPruned = last !== undefined && oldestMark !== Infinity && last.xmin < oldestMark;
  const fresh = last === undefined || server !== serverId || isPruned;
  const isNew = (row: {xact: number}) => last !== undefined && isUnseen(last, row);
  const moves = fresh ? [] : tables.moves.filter(isNew);
  return {
    snapshot: writeSnapshot(store.snapshot),
    server: serverId,
    fresh,
    signals: fresh ? null : tables.signals.filter(isNew).map(({xact: _, ...signal}) => signal),
    moveCount: moves.length,
    moves: moves.length === 0 ? null : pack(moves),
    moved: movedRooms(store, roomIds, epochs, heads),
  };
}

/** Everything stored is committed. What a snapshot did not see comes from transactions that began later or were open. */
function isUnseen(last: Snapshot, {xact}: {xact: number}): boolean {
  return xact >= last.xmax || last.open.includes(xact);
}

function movedRooms({tables}: Store, roomIds: string[], epochs: string[], heads: number[]) {
  const moved = roomIds.flatMap((roomId, index) => {
    const room = tables.rooms.get(roomId);
    if (!room) return [{roomId, epoch: '', head: 0}];
    const isSame = room.head === heads[index] && wireEpoch(room) === epochs[index];
    return isSame ? [] : [{roomId, epoch: wireEpoch(room), head: room.head}];
  });
  return moved.length === 0 ? null : moved;
}

/** Encodes it as `uuid_send(id) || int8send(head)` does. */
function pack(moves: MoveRow[]): string {
  const bytes = Buffer.alloc(24 * moves.length);
  for (const [no, {roomId, head}] of moves.entries()) {
    bytes.write(roomId.replaceAll('-', ''), 24 * no, 'hex');
    bytes.writeBigInt64BE(BigInt(head), 24 * no + 16);
  }
  return bytes.toString('base64');
}
