import {randomUUID} from 'node:crypto';
import {path, queryOf} from './addresses.ts';
import type {Request} from './request.ts';
import type {CreateRoomInput, Room, RoomFilter, UpdateRoomInput} from './types.ts';

export function roomCalls(request: Request) {
  return {
    /** Creates a room that the service owns. If a room with this `externalId` exists, returns that room instead. */
    async createRoom({clientId = randomUUID(), ...input}: CreateRoomInput): Promise<Room> {
      const {room} = await request<{room: Room}>('POST', '/rooms', {clientId, ...input});
      return room;
    },

    async room(roomId: string): Promise<Room> {
      const {room} = await request<{room: Room}>('GET', path`/rooms/${roomId}`);
      return room;
    },

    /** Lists the tenant's rooms of every kind, newest first. Pass `next` as `after` for the next page. */
    async listRooms(filter: RoomFilter = {}): Promise<{rooms: Room[]; next?: string}> {
      return request('GET', `/rooms?${queryOf({all: true, ...filter})}`);
    },

    /** Changes a room. In an `archived` room members can only read. */
    async updateRoom(roomId: string, input: UpdateRoomInput): Promise<Room> {
      const {room} = await request<{room: Room}>('PATCH', path`/rooms/${roomId}`, input);
      return room;
    },

    /** Removes all messages, or those with a `seq` below `before`, permanently and for everyone. */
    async truncateRoom(roomId: string, before?: number): Promise<Room> {
      const body = before === undefined ? {} : {before};
      const {room} = await request<{room: Room}>('POST', path`/rooms/${roomId}/truncate`, body);
      return room;
    },

    /** Closes a room permanently. Closing it again returns the room. */
    async closeRoom(roomId: string): Promise<Room> {
      const {room} = await request<{room: Room}>('DELETE', path`/rooms/${roomId}`, {});
      return room;
    },
  };
}
