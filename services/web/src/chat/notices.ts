import type {User} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';
import {meet, onArrivals, personOf} from './people.ts';
import {isGeneral} from './rooms.ts';

/** A line that is not part of the log: someone joined or left while the user was watching. */
export type Notice = {
  id: number;
  kind: 'joined' | 'left';
  users: readonly User[];
  /** The newest message at that time. The notice is shown after it. */
  afterSeq: number;
  at: string;
};

// Older notices are no longer useful.
const maxPerRoom = 100;

export const notices = createStore<{byRoom: ReadonlyMap<string, readonly Notice[]>}>(() => ({
  byRoom: new Map(),
}));

let count = 0;

function add(roomId: string, kind: Notice['kind'], users: readonly User[]): void {
  const others = users.filter(({id}) => id !== client.user?.id);
  const room = client.rooms.get(roomId);
  if (others.length === 0 || room === undefined) return;
  const {byRoom} = notices.getState();
  const afterSeq = room.timeline.messages.at(-1)?.seq ?? 0;
  count += 1;
  const notice = {id: count, kind, users: others, afterSeq, at: new Date().toISOString()};
  const ofRoom = [...(byRoom.get(roomId) ?? []), notice].slice(-maxPerRoom);
  notices.setState({byRoom: new Map(byRoom).set(roomId, ofRoom)});
}

client.on('room:presence', ({roomId, joined, left}) => {
  const room = client.rooms.get(roomId)?.state.room;
  meet(joined);
  // Everyone is in `general`, so its arrivals and departures would be those of the whole cluster.
  if (room === undefined || isGeneral(room) || room.kind === 'direct') return;
  add(roomId, 'joined', joined);
  add(
    roomId,
    'left',
    left.flatMap((id) => personOf(id) ?? []),
  );
});

onArrivals(({joined, left}) => {
  const general = [...client.rooms.values()].find(({state}) => isGeneral(state.room));
  if (general === undefined) return;
  add(general.id, 'joined', joined);
  add(general.id, 'left', left);
});
