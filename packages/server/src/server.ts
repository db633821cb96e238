import {randomUUID} from 'node:crypto';
import {pathBuilder, textPart} from '@madang/protocol/path';
import {createRequest, ServerError, type RequestOptions} from './request.ts';
import type {
  CreateKeyInput,
  CreateRoomInput,
  HistoryPage,
  Key,
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

    /**
     * Makes a key within the scopes of this one, or replaces one. Its secret is in this answer alone: after an answer that was
     * lost, call again and revoke the key that nobody holds.
     */
    async createKey(input: CreateKeyInput): Promise<{key: Key; secret: string}> {
      return request('POST', '/keys', input);
    },

    /** The tenant's keys, the newest first, revoked ones too. */
    async *listKeys(): AsyncGenerator<Key, void, undefined> {
      let after = '';
      do {
        const page = await request<{keys: Key[]; next?: string}>('GET', `/keys?limit=200${after}`);
        yield* page.keys;
        after = page.next === undefined ? '' : `&after=${encodeURIComponent(page.next)}`;
      } while (after !== '');
    },

    async getKey(id: string): Promise<Key> {
      const {key} = await request<{key: Key}>('GET', path`/keys/${id}`);
      return key;
    },

    /** Revokes a key permanently and, unless `sessions` is false, ends the sessions that its tickets began. */
    async revokeKey(id: string, options: {sessions?: boolean} = {}): Promise<Key> {
      const {key} = await request<{key: Key}>('DELETE', path`/keys/${id}`, options);
      return key;
    },

    /** Tells up to 1,000 users something on every device of theirs. The ids are in the order of `to`. */
    async notify({key = randomUUID(), ...input}: NotifyInput): Promise<string[]> {
      const {ids} = await request<{ids: string[]}>('POST', '/notifications', {key, ...input});
      return ids;
    },
  };
}
