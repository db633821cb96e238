import {randomUUID} from 'node:crypto';
import {pathBuilder, textPart} from '@madang/protocol/path';
import {createRequest, ServerError, type RequestOptions} from './request.ts';
import type {
  CreateRoomInput,
  HistoryPage,
  Member,
  Message,
  NotifyInput,
  PutUserInput,
  Role,
  Room,
  SendInput,
  SendResult,
  User,
} from './types.ts';

export {ServerError} from './request.ts';
export type {ErrorCode} from './request.ts';
export type * from './types.ts';

/** `url` is the cluster's address, `key` a service key (`mdk_…`), which stays on the server. */
export type ServerOptions = RequestOptions;
export type Server = ReturnType<typeof createServer>;

const path = pathBuilder((message) => new ServerError({code: 'invalid', message, retryable: false}));

/**
 * Calls a Madang cluster as a product's service, in the product's tenant. Every call throws ServerError. After a temporary
 * refusal it is repeated, and takes effect once.
 */
export function createServer(options: ServerOptions) {
  const request = createRequest(options);

  return {
    /** Makes the user that the product knows by its own id, or updates it. Fields left out stay as they are. */
    async putUser(externalId: string, input: PutUserInput): Promise<User> {
      const {user} = await request<{user: User}>('PUT', path`/users/${textPart(externalId)}`, input);
      return user;
    },

    /** A ticket that signs the user in once, within a minute: for the product's page or app to redeem. */
    async createTicket(userId: string): Promise<string> {
      const {ticket} = await request<{ticket: string}>('POST', '/auth/tickets', {userId});
      return ticket;
    },

    /** Makes a room that the service owns. */
    async createRoom({clientId = randomUUID(), ...input}: CreateRoomInput): Promise<Room> {
      const {room} = await request<{room: Room}>('POST', '/rooms', {clientId, ...input});
      return room;
    },

    /** Closes a room that the service owns, permanently. Closing it again answers with the room. */
    async closeRoom(roomId: string): Promise<Room> {
      const {room} = await request<{room: Room}>('DELETE', path`/rooms/${roomId}`, {});
      return room;
    },

    /**
     * Makes a user a member of any room of the tenant; the service itself, too. A role is also set for someone who is a
     * member already; without one a new member is a `member`, and nobody's role changes.
     */
    async addMember(roomId: string, userId: string, role?: Exclude<Role, 'owner'>): Promise<Member> {
      const body = {userId, ...(role === undefined ? {} : {role})};
      const {member} = await request<{member: Member}>('POST', path`/rooms/${roomId}/members`, body);
      return member;
    },

    /** Ends a membership of any room of the tenant. */
    async removeMember(roomId: string, userId: string): Promise<void> {
      await request('DELETE', path`/rooms/${roomId}/members/${userId}`, {});
    },

    /** Sends a message as the service, which must be a member. A `clientId` of one's own outlives this process. */
    async send(roomId: string, input: string | SendInput): Promise<SendResult> {
      const {clientId = randomUUID(), ...content} = typeof input === 'string' ? {text: input} : input;
      return request<SendResult>('POST', path`/rooms/${roomId}/messages`, {clientId, ...content});
    },

    /** Reads history, newest first, of a room in which the service is a member. */
    async listMessages(
      roomId: string,
      page: HistoryPage = {},
    ): Promise<{messages: Message[]; more: boolean}> {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(page))
        if (value !== undefined) query.set(name, String(value));
      const messages = path`/rooms/${roomId}/messages`;
      return request('GET', query.size > 0 ? `${messages}?${query}` : messages);
    },

    /** Tells up to 1,000 users something on every device of theirs. The ids are in the order of `to`. */
    async notify({key = randomUUID(), ...input}: NotifyInput): Promise<string[]> {
      const {ids} = await request<{ids: string[]}>('POST', '/notifications', {key, ...input});
      return ids;
    },
  };
}
