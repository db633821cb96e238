import type {MessagesSnapshot, Room, RoomSnapshot} from '@madang/client/client';

/** A room that is open in the page, with its messages. */
export type OpenRoom = RoomSnapshot & MessagesSnapshot;

/** Whether every account of the tenant is in this room. */
export function isGeneral({isDefault}: Room): boolean {
  return isDefault === true;
}
