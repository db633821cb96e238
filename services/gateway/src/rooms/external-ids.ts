import type {Room} from '@madang/protocol/rooms';
import type {Caller} from '../context.ts';

/** The room with the product's own id of it, for a service; everybody else gets the room alone. */
export function withExternalId({key}: Caller, room: Room, externalId: string | undefined): Room {
  return key && externalId ? {...room, externalId} : room;
}
