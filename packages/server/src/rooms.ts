import {randomUUID} from 'node:crypto';
import {path, queryOf} from './addresses.ts';
import {itemsOf} from './items-of.ts';
import type {LineRequest, Request} from './request.ts';
import type {
  CreateRoomInput,
  Cursor,
  ExportLine,
  Frame,
  ListRoomsInput,
  Room,
  RoomFilter,
  UpdateRoomInput,
} from './types.ts';

export function roomCalls(request: Request, requestLines: LineRequest) {
  return {
    /** Creates a room that the service owns. If a room with this `externalId` exists, it returns that room instead. */
    async createRoom({clientId = randomUUID(), ...input}: CreateRoomInput): Promise<Room> {
      const {room} = await request<{room: Room}>('POST', '/rooms', {clientId, ...input});
      return room;
    },

    async room(roomId: string): Promise<Room> {
      const {room} = await request<{room: Room}>('GET', path`/rooms/${roomId}`);
      return room;
    },

    /** Yields the tenant's rooms of every kind, newest first. */
    rooms(filter: RoomFilter = {}): AsyncGenerator<Room, void, undefined> {
      return itemsOf(request, '/rooms', 'rooms', {all: true, ...filter});
    },

    /** Lists one page of the rooms. Pass `next` as `after` for the next page. */
    async listRooms(filter: ListRoomsInput = {}): Promise<{rooms: Room[]; next?: string}> {
      return request('GET', `/rooms?${queryOf({all: true, ...filter})}`);
    },

    /** Changes a room. Members can only read in an `archived` room. */
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

    /** Reads the changes of a room after a rev. While there is `more`, repeat the call with the frame's `head`. */
    async syncRoom(roomId: string, cursor: Cursor): Promise<Frame> {
      return request('GET', `${path`/rooms/${roomId}/log`}?${queryOf(cursor)}`);
    },

    /**
     * Yields the room, its members and its messages by `seq`, line by line, if the service may read the room. Throws if the
     * export breaks off. An export is not repeated once it has begun.
     */
    exportRoom(roomId: string): AsyncGenerator<ExportLine> {
      return requestLines(path`/rooms/${roomId}/export`);
    },

    /** Closes a room permanently. Closing it again returns the room. */
    async closeRoom(roomId: string): Promise<Room> {
      const {room} = await request<{room: Room}>('DELETE', path`/rooms/${roomId}`, {});
      return room;
    },
  };
}
