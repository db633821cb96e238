import {client} from '../../chat/client.ts';

/** Where one was in a room: which message was at the top, and by how much it was out of view. */
export type Position = {seq: number; offsetPx: number};

const key = 'madang.positions';

/** Positions outlive a change of room and a reload; those at the end need none. */
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
