/** The statements that a gateway sends, by name: what each reads in one snapshot, or does in one transaction. */
import {answerPulse} from './question.ts';
import {
  endedRooms,
  memberRefusal,
  readLog,
  readLogAsMember,
  readState,
  wireEpoch,
  wireRoom,
} from './reading.ts';
import type {RoomRow} from './rows.ts';
import type {Store} from './store.ts';
import {
  appendMessages,
  changeMessage,
  endSession,
  joinRoom,
  leaveRoom,
  raiseEpoch,
  removeMember,
  setReactions,
  type Item,
  type Write,
} from './writing.ts';

type Values = readonly never[];
type Row = Record<string, unknown>;
type Read = (store: Store, values: Values) => Row[];
export type Change = {
  roomIds: string[];
  waits: boolean;
  run(write: Write, locked: string[]): Row[];
};

const one = (row: Row) => [row];
const listOf = <Item>(value: undefined) => value as unknown as Item[];
/** The statements for the acts of a schedule. */
const membersGrants = ['history', 'send', 'members'];
const ownersGrants = [...membersGrants, 'add', 'moderate', 'manage'];
const byActivity = (a: RoomRow, b: RoomRow) => b.activeAt - a.activeAt || (a.id < b.id ? -1 : 1);

export const reads: Record<string, Read> = {
  '': () => [],
  pulse: (store, values) => one(answerPulse(store, values)),
  read_log({tables}, [roomId, after, limit]: Values) {
    const room = tables.rooms.get(roomId!);
    return one({frame: room ? readLog(tables, room, after!, limit!) : null});
  },
  sync_reader({tables}, [roomId, userId, , , epoch, after, limit]: Values) {
    const room = tables.rooms.get(roomId!);
    const member = room?.members.get(userId!);
    const refusal = memberRefusal(room, member);
    const page = {epoch, after: after!, limit: limit!};
    return one({answer: refusal ?? readLogAsMember(tables, room!, member!, page)});
  },
  sync_rooms({tables}, [userId, roomIds, epochs, afters, limit]: Values) {
    const frames = listOf<string>(roomIds).flatMap((roomId, index) => {
      const room = tables.rooms.get(roomId);
      const member = room?.members.get(userId!);
      if (!room || !member) return [];
      const [epoch, after] = [epochs![index] as string, afters![index] as number];
      const isThere = epoch === wireEpoch(room) && after === room.head && after >= member.joinedAt - 1;
      return isThere ? [] : readLogAsMember(tables, room, member, {epoch, after, limit: limit!});
    });
    return one({frames});
  },
  read_state: ({tables}, [roomId, userId]: Values) =>
    one({state: readState(tables.rooms.get(roomId!), userId!)}),
  membership_age({tables, nowMs}, [roomId, userId]: Values) {
    const member = tables.rooms.get(roomId!)?.members.get(userId!);
    return member ? one({ageMs: nowMs - member.createdAt}) : [];
  },
  read_memberships({tables}, [roomId, userIds]: Values) {
    const room = tables.rooms.get(roomId!);
    if (!room) return [];
    const found = listOf<string>(userIds).flatMap((id) => {
      const member = room.members.get(id);
      return member ? [[id, {joinedAt: member.joinedAt, shownFrom: 0}] as const] : [];
    });
    return one({epoch: wireEpoch(room), head: room.head, members: Object.fromEntries(found)});
  },
  read_standings({tables}, [roomIds, userIds]: Values) {
    return listOf<string>(roomIds).flatMap((roomId, index) => {
      const member = tables.rooms.get(roomId)?.members.get(userIds![index]!);
      const standing = member && {joinedAt: member.joinedAt, shownFrom: 0, may: ['history']};
      return standing ? [{roomId, userId: member.userId, standing}] : [];
    });
  },
  list_my_rooms({tables}, [userId, exclude, limit]: Values) {
    const isMine = (room: RoomRow) => room.members.has(userId!) && !listOf<string>(exclude).includes(room.id);
    const mine = [...tables.rooms.values()].filter(isMine).sort(byActivity);
    return mine
      .slice(0, limit! + 1)
      .map((room) => ({state: readState(room, userId!), activeAt: String(room.activeAt)}));
  },
  ended_rooms: ({tables}, [userId, roomIds]: Values) => one({ended: endedRooms(tables, userId!, roomIds!)}),
  find_room_access({tables}, [, roomId, userId]: Values) {
    const room = tables.rooms.get(roomId!);
    if (!room) return [];
    const member = room.members.get(userId!);
    const membership = member ? {...member, tenantId: 'tenant', roomId: room.id} : null;
    const {head} = room;
    return one({
      room: wireRoom(room),
      epoch: wireEpoch(room),
      head,
      passwordHash: null,
      banned: false,
      isKept: true,
      may: member?.role === 'owner' ? ownersGrants : membersGrants,
      membership,
    });
  },
  check_credentials({tables}, [userIds, hashes]: Values) {
    const users = listOf<string>(userIds).map((userId, index) => {
      return tables.endedSessions.has(hashes![index]!)
        ? null
        : {user: tables.users.get(userId), tenantId: 'tenant', sessionEpoch: 0, keyExpiresAt: null};
    });
    return one({users});
  },
  read_self: ({tables}, [, userId]: Values) => one({user: tables.users.get(userId!), blocked: []}),
  find_inbox_head: () => [],
  read_inboxes: () => [],
};

export const changes: Record<string, (values: Values) => Change> = {
  store_messages([roomIds, waits, roomNos, , , senders, clientIds, texts]: Values) {
    const items = listOf<number>(roomNos).map((no, index): Item => ({
      roomId: roomIds![no - 1]!,
      sender: JSON.parse(senders![index]!),
      clientId: clientIds![index]!,
      text: texts![index]!,
    }));
    return {roomIds: roomIds!, waits: waits!, run: (write, locked) => appendMessages(write, items, locked)};
  },
  join_rooms: ([, roomIds, userIds]: Values) => ({
    roomIds: roomIds!,
    waits: true,
    run: (write) =>
      listOf<string>(roomIds).map((id, index) => ({answer: joinRoom(write, id, userIds![index]!)})),
  }),
  leave_room: ([roomId, userId]: Values) => ofRoom(roomId!, (write) => leaveRoom(write, roomId!, userId!)),
  remove_member: ([roomId, actorId, userId]: Values) =>
    ofRoom(roomId!, (write) => removeMember(write, roomId!, actorId!, userId!)),
  revise_message: ([roomId, userId, seq, patch]: Values) =>
    ofRoom(roomId!, (write) =>
      changeMessage(write, {roomId: roomId!, userId: userId!, seq: seq!, ...JSON.parse(patch!)}),
    ),
  remove_message: ([roomId, userId, , seq]: Values) =>
    ofRoom(roomId!, (write) =>
      changeMessage(write, {roomId: roomId!, userId: userId!, seq: seq!, text: undefined}),
    ),
  set_reactions([roomId, userIds, , seqs, emoji, ons]: Values) {
    const wishes = listOf<string>(userIds).map((userId, index) => ({
      userId,
      seq: seqs![index]!,
      emoji: emoji![index]!,
      on: ons![index]!,
    }));
    return ofRoom(roomId!, (write) => setReactions(write, roomId!, wishes));
  },
  raise_epoch: ([roomId, epoch, position]: Values) => ({
    roomIds: [roomId!],
    waits: true,
    run: (write) => one({raised: raiseEpoch(write, roomId!, epoch!, position!)}),
  }),
  sign_out_session: ([sessionHash, userId]: Values) => ({
    roomIds: [],
    waits: true,
    run(write) {
      endSession(write, sessionHash!, userId!);
      return [];
    },
  }),
};

function ofRoom(roomId: string, act: (write: Write) => unknown): Change {
  return {roomIds: [roomId], waits: true, run: (write) => one({answer: act(write)})};
}
