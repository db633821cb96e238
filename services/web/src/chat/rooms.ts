import type {FollowedRoom, Message, OutboxEntry, Room, RoomState} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';

/** One room as it is shown: a new object after each change. */
export type RoomView = {
  id: string;
  state: RoomState;
  messages: readonly Message[];
  pending: readonly OutboxEntry[];
  hasEarlier: boolean;
  /** A whisper in which nobody has said anything: it is in no list until somebody does. */
  isUnspoken: boolean;
};

/** The rooms this user is in. */
export const rooms = createStore<{byId: ReadonlyMap<string, RoomView>}>(() => ({byId: new Map()}));

const changed = new Set<FollowedRoom>();
let isAllNew = false;

/** Changes that arrive together are shown together. */
function plan(): void {
  queueMicrotask(() => {
    if (changed.size === 0 && !isAllNew) return;
    const {byId} = rooms.getState();
    const next = new Map<string, RoomView>();
    for (const [id, room] of client.rooms) {
      const known = byId.get(id);
      next.set(id, known === undefined || changed.has(room) ? viewOf(room) : known);
    }
    changed.clear();
    isAllNew = false;
    rooms.setState({byId: next});
  });
}

client.on('room', (room) => {
  changed.add(room);
  plan();
});
client.on('rooms', () => {
  isAllNew = true;
  plan();
});

function viewOf({id, state, timeline}: FollowedRoom): RoomView {
  const {messages, pending, hasEarlier} = timeline;
  const isUnspoken = state.room.kind === 'direct' && timeline.cursor.rev === 0 && pending.length === 0;
  return {id, state, messages, pending, hasEarlier, isUnspoken};
}

/** Whether it is the room that every account of a tenant is in. */
export function isGeneral({isDefault}: Room): boolean {
  return isDefault === true;
}

/** When something last happened in a room. */
export function activeAt({state, messages}: RoomView): string {
  return messages.at(-1)?.createdAt ?? state.room.createdAt;
}
