import {path} from '@madang/client/client';

/** Returns the path of a room's page. */
export function roomAddress(roomId: string): string {
  return path`/rooms/${roomId}`;
}
