import type {MessagesSnapshot, Room, RoomSnapshot} from '@madang/client/client';

/** A room that is open in the page: with what was said in it. */
export type OpenRoom = RoomSnapshot & MessagesSnapshot;

/** Whether it is the room that every account of a tenant is in. */
export function isGeneral({isDefault}: Room): boolean {
  return isDefault === true;
}
