import type {Room} from '@madang/protocol/rooms';
import type {Caller} from '../context.ts';

/** For a service, the room with the product's own id; for everybody else, the room without it. */
export function withExternalId({key}: Caller, room: Room, externalId: string | undefined): Room {
  return key && externalId ? {...room, externalId} : room;
}
