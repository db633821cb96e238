import {path} from '@madang/client/client';

/** Where the page of a room is. */
export function roomAddress(roomId: string): string {
  return path`/rooms/${roomId}`;
}
