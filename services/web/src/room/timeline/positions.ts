import {client} from '../../chat/client.ts';

/** The user's place in a room: the top message, and how much of it is out of view. */
export type Position = {seq: number; offsetPx: number};

const key = 'madang.positions';

/** Positions survive a change of room and a reload. A position at the end is not stored. */
const positions = new Map<string, Position>(stored());

export function positionIn(roomId: string): Position | undefined {
  return positions.get(keyOf(roomId));
}

export function keepPosition(roomId: string, position: Position | undefined): void {
  if (position === undefined) positions.delete(keyOf(roomId));
  else positions.set(keyOf(roomId), position);
}

addEventListener('pagehide', () => sessionStorage.setItem(key, JSON.stringify([...positions])));

const keyOf = (roomId: string) => `${client.user?.id} ${roomId}`;

function stored(): [string, Position][] {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? '[]');
  } catch {
    return [];
  }
}
