import type {Room} from '@madang/client/client';
import {useState} from 'react';

export type ShownRoom = {room: Room; isGone: boolean};

/**
 * Returns the rooms in the order to show. While the order is held, no row moves: rooms that disappear stay, marked as gone,
 * and new rooms come last.
 */
export function useHeldOrder(rooms: readonly Room[]): {
  shown: ShownRoom[];
  hold: (event: {pointerType: string}) => void;
  release: () => void;
} {
  const [held, setHeld] = useState<readonly Room[]>();
  return {
    shown: held === undefined ? rooms.map((room) => ({room, isGone: false})) : holdOrder(held, rooms),
    // A finger has no position before it touches the screen.
    hold: ({pointerType}) => pointerType === 'mouse' && setHeld(rooms),
    release: () => setHeld(undefined),
  };
}

export function holdOrder(held: readonly Room[], rooms: readonly Room[]): ShownRoom[] {
  const byId = new Map(rooms.map((room) => [room.id, room]));
  const kept = held.map((room) => ({room: byId.get(room.id) ?? room, isGone: !byId.has(room.id)}));
  const heldIds = new Set(held.map(({id}) => id));
  const added = rooms.filter(({id}) => !heldIds.has(id)).map((room) => ({room, isGone: false}));
  return [...kept, ...added];
}
