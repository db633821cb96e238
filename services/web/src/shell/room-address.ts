import {path} from '@madang/client/client';

/** Returns the path of a room's page. */
export function roomAddress(roomId: string): string {
  return path`/rooms/${roomId}`;
}

/** Returns the permanent path of one message: the room's page, opened there. */
export function messageAddress(roomId: string, seq: number): string {
  return `${roomAddress(roomId)}/${seq}`;
}

/** Returns the path of a room's page with the thread of one of its messages. */
export function threadAddress(roomId: string, rootSeq: number): string {
  return `${roomAddress(roomId)}?thread=${rootSeq}`;
}

/** Returns the path of the page to which a path leads: a message is in the page of its room. */
export function pageOf(current: string): string {
  return current.replace(/^(\/rooms\/[^/]+)\/\d+$/, '$1');
}

/** Whether a path leads to a room, or to a message in one. */
export function isRoomPage(current: string): boolean {
  return /^\/rooms\/[^/]+/.test(current);
}

/** Returns the path if an address leads to a room or a message of this site. */
export function pathHere(href: string): string | undefined {
  const url = URL.parse(href);
  const isRoom = url !== null && /^\/rooms\/[\w-]+(?:\/\d+)?$/.test(url.pathname);
  return isRoom && url.origin === location.origin ? url.pathname : undefined;
}

/** Returns the number of a message in an address, if it is one. */
export function seqOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
