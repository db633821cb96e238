import {randomUUID} from 'node:crypto';
import {pathBuilder, textPart} from '@madang/protocol/path';
import {
  createLineRequest,
  createRequest,
  ServerError,
  type LineRequest,
  type Request,
  type RequestOptions,
} from './request.ts';
import type {
  CreateKeyInput,
  CreateRoomInput,
  Deletion,
  EditInput,
  EventFilter,
  EventType,
  HistoryPage,
  ImportedMessage,
  Key,
  ListUsersInput,
  Member,
  Message,
  NewMember,
  NotifyInput,
  PutMembersResult,
  PutUserInput,
  Role,
  Room,
  RoomFilter,
  SendInput,
  SendResult,
  TenantEvent,
  UpdateMemberInput,
  UpdateRoomInput,
  UpdateWebhookInput,
  Usage,
  User,
  UserExportLine,
  UserName,
  Webhook,
  WebhookTest,
} from './types.ts';

export {ServerError} from './request.ts';
export type {ErrorCode} from './request.ts';
export {verifyWebhook, WebhookError} from './verify-webhook.ts';
export type {ReceivedWebhook} from './verify-webhook.ts';
export type * from './types.ts';

/** `url` is the cluster's address, `key` a service key (`mdk_…`), which stays on the server. */
export type ServerOptions = RequestOptions;
export type Server = ReturnType<typeof createServer>;

const path = pathBuilder((message) => new ServerError({code: 'invalid', message, retryable: false}));

/**
 * Calls a Madang cluster as a product's service, in the product's tenant. Every call throws ServerError. After a temporary
 * refusal it is repeated, and takes effect once, but for `createKey`, `addWebhook` and `rotateWebhook`.
 */
export function createServer(options: ServerOptions) {
  return {
    ...callsOf(createRequest(options), createLineRequest(options)),
    /**
     * The same calls as a user, named by the product's own id or by `id:` and Madang's; for a key with the scope `act`. What they
     * write is the user's, and everybody sees by which service.
     */
    asUser: (user: string) => callsOf(createRequest(options, {user}), createLineRequest(options, {user})),
  };
}

/** Less than a call may take. */
const eventWaitSeconds = 5;

function callsOf(request: Request, requestLines: LineRequest) {
  return {
    /** Makes the user that the product knows by its own id, or updates it. Fields left out stay as they are. */
    async putUser(externalId: string, input: PutUserInput): Promise<User> {
      const {user} = await request<{user: User}>('PUT', path`/users/${textPart(externalId)}`, input);
      return user;
    },

    /** The same for up to 100 users, in the order given: all are stored, or none. */
    async putUsers(users: (PutUserInput & {externalId: string})[]): Promise<User[]> {
      const {results} = await request<{results: {user: User}[]}>('PUT', '/users', {users});
      return results.map(({user}) => user);
    },

    /** All of a user, disabled ones too. */
    async getUser(user: UserName): Promise<User> {
      return (await request<{user: User}>('GET', path`/users/${textPart(user)}`)).user;
    },

    /** Users by name, with `online`: all, those of up to 200 ids, or those that fit. Give `next` as `after`. */
    listUsers(input: ListUsersInput = {}): Promise<{users: User[]; next?: string}> {
      return request('GET', `/users?${queryOf(input)}`);
    },

    /** Shuts a user out and ends the connections of the user; again, it changes nothing. */
    async disableUser(user: UserName): Promise<User> {
      return (await request<{user: User}>('POST', path`/users/${textPart(user)}/disable`, {})).user;
    },

    /** Lets a disabled user sign in again. */
    async enableUser(user: UserName): Promise<User> {
      return (await request<{user: User}>('POST', path`/users/${textPart(user)}/enable`, {})).user;
    },

    /** Ends all sessions of a user. */
    async signOutUser(user: UserName): Promise<User> {
      return (await request<{user: User}>('POST', path`/users/${textPart(user)}/sign-out`, {})).user;
    },

    /**
     * Deletes a user at once, and erases the messages, or keeps them without the name, within a minute. Once that is done your
     * own id is `not_found`.
     */
    async deleteUser(user: UserName, options: {messages?: 'erase' | 'keep'} = {}): Promise<Deletion> {
      return request('DELETE', path`/users/${textPart(user)}`, options);
    },

    /** Everything held of a user, line by line; throws where the export broke off. Not tried again once it has begun. */
    exportUser(user: UserName): AsyncGenerator<UserExportLine> {
      return requestLines(path`/users/${textPart(user)}/export`);
    },

    /** A ticket that signs the user in once, within a minute: for the product's page or app to redeem. */
    async createTicket(userId: string): Promise<string> {
      const {ticket} = await request<{ticket: string}>('POST', '/auth/tickets', {userId});
      return ticket;
    },

    /** Makes a room that the service owns; with an `externalId` that is known, answers with that room. */
    async createRoom({clientId = randomUUID(), ...input}: CreateRoomInput): Promise<Room> {
      const {room} = await request<{room: Room}>('POST', '/rooms', {clientId, ...input});
      return room;
    },

    async room(roomId: string): Promise<Room> {
      const {room} = await request<{room: Room}>('GET', path`/rooms/${roomId}`);
      return room;
    },

    /** A page of the tenant's rooms, of every kind, newest first; `next` is the `after` of the next page. */
    async listRooms(filter: RoomFilter = {}): Promise<{rooms: Room[]; next?: string}> {
      return request('GET', `/rooms?${queryOf({all: true, ...filter})}`);
    },

    /** Changes a room; `archived` leaves reading alone, or ends that. */
    async updateRoom(roomId: string, input: UpdateRoomInput): Promise<Room> {
      const {room} = await request<{room: Room}>('PATCH', path`/rooms/${roomId}`, input);
      return room;
    },

    /** Removes the messages with a lower `seq` than `before`, or all, permanently and for everyone. */
    async truncateRoom(roomId: string, before?: number): Promise<Room> {
      const body = before === undefined ? {} : {before};
      const {room} = await request<{room: Room}>('POST', path`/rooms/${roomId}/truncate`, body);
      return room;
    },

    /** Closes a room permanently. Closing it again answers with the room. */
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

    /** Makes up to 1,000 users members at once; who is refused stays out alone. */
    async putMembers(roomId: string, members: NewMember[]): Promise<PutMembersResult> {
      return request('PUT', path`/rooms/${roomId}/members`, {members});
    },

    /** Changes a member's role (`owner` hands the room over), mutes or bans. */
    async updateMember(roomId: string, userId: string, input: UpdateMemberInput): Promise<Member> {
      const {member} = await request<{member: Member}>(
        'PATCH',
        path`/rooms/${roomId}/members/${userId}`,
        input,
      );
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

    /** Changes text or data of a message of the service's own. */
    async editMessage(roomId: string, seq: number, input: EditInput): Promise<{seq: number; rev: number}> {
      return request('PATCH', path`/rooms/${roomId}/messages/${String(seq)}`, input);
    },

    /** Deletes any message; again, it answers with the rev of the first time. */
    async deleteMessage(roomId: string, seq: number): Promise<{seq: number; rev: number}> {
      return request('DELETE', path`/rooms/${roomId}/messages/${String(seq)}`, {});
    },

    /** Stores up to 500 messages of the past in an archived room, the oldest first; each clientId once. */
    async importMessages(roomId: string, messages: ImportedMessage[]): Promise<SendResult[]> {
      const {results} = await request<{results: SendResult[]}>('POST', path`/rooms/${roomId}/import`, {
        messages,
      });
      return results;
    },

    /** Reads up to 200 messages by where they are; those that may not be read are left out. */
    async readMessages(at: {roomId: string; seq: number}[]): Promise<Message[]> {
      const {messages} = await request<{messages: Message[]}>('POST', '/messages/read', {at});
      return messages;
    },

    /** Reads history, newest first, of a room in which the service is a member. */
    async listMessages(
      roomId: string,
      page: HistoryPage = {},
    ): Promise<{messages: Message[]; more: boolean}> {
      const query = queryOf(page);
      const messages = path`/rooms/${roomId}/messages`;
      return request('GET', query.size > 0 ? `${messages}?${query}` : messages);
    },

    /** What the tenant used, by day in UTC: the last month unless given. Of today it says what there is so far. */
    async usage(range: {from?: string; to?: string} = {}): Promise<Usage> {
      const query = queryOf(range);
      return request('GET', query.size > 0 ? `/usage?${query}` : '/usage');
    },

    /**
     * What happens in the tenant, in order and without end: keep the `position` of what you handled, and begin `after` it
     * next time. Throws when the cluster cannot be reached for longer than `timeoutMs`.
     */
    async *events({after, types, onReset}: EventFilter = {}): AsyncGenerator<TenantEvent, never, undefined> {
      for (let next = after; ;) {
        const query = queryOf({after: next, types, waitSeconds: eventWaitSeconds});
        const page = await request<{events: TenantEvent[]; next: number; reset?: true}>(
          'GET',
          `/events?${query}`,
        );
        if (page.reset) tellReset(next ?? 0, onReset);
        yield* page.events;
        next = page.next;
      }
    },

    /** All webhooks, the oldest first. */
    async listWebhooks(): Promise<Webhook[]> {
      const {webhooks} = await request<{webhooks: Webhook[]}>('GET', '/webhooks');
      return webhooks;
    },

    /**
     * Has events from now on posted to `url`; `verifyWebhook` checks them. The secret is in this answer alone. Repeated after
     * a lost answer, it leaves a webhook whose secret nobody has: find it in `listWebhooks`, and remove it.
     */
    async addWebhook(input: {url: string; types?: EventType[]}): Promise<{webhook: Webhook; secret: string}> {
      return request('POST', '/webhooks', input);
    },

    async getWebhook(id: string): Promise<Webhook> {
      const {webhook} = await request<{webhook: Webhook}>('GET', path`/webhooks/${id}`);
      return webhook;
    },

    async updateWebhook(id: string, input: UpdateWebhookInput): Promise<Webhook> {
      const {webhook} = await request<{webhook: Webhook}>('PATCH', path`/webhooks/${id}`, input);
      return webhook;
    },

    async removeWebhook(id: string): Promise<void> {
      try {
        await request('DELETE', path`/webhooks/${id}`);
      } catch (error) {
        // The answer to an earlier attempt was lost.
        if (!(error instanceof ServerError && error.code === 'not_found')) throw error;
      }
    },

    /** Posts an empty delivery now, and says how it was answered. */
    async testWebhook(id: string): Promise<WebhookTest> {
      return request('POST', path`/webhooks/${id}/test`, {});
    },

    /** Delivers what came after a position again, under the same ids. */
    async replayWebhook(id: string, after: number): Promise<Webhook> {
      const {webhook} = await request<{webhook: Webhook}>('POST', path`/webhooks/${id}/replay`, {after});
      return webhook;
    },

    /** Makes a new secret; the one before signs, too, for a day. Repeated after a lost answer, it makes another one. */
    async rotateWebhook(id: string): Promise<string> {
      const {secret} = await request<{secret: string}>('POST', path`/webhooks/${id}/rotate`, {});
      return secret;
    },

    /**
     * Makes a key within the scopes of this one, or replaces one. Its secret is in this answer alone. Repeated after a lost
     * answer, it leaves a key that nobody holds: find one in `listKeys` that was never used, and revoke it.
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

function tellReset(after: number, onReset: EventFilter['onReset']): void {
  if (onReset) return onReset({after});
  const message = `Events after position ${after} are no longer kept. Read what you need again, and begin without after.`;
  throw new ServerError({code: 'conflict', message, retryable: false, details: {after}});
}

/** Lists are repeated, and what is undefined is left out. */
function queryOf(fields: Record<string, unknown>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) query.append(name, String(each));
  }
  return query;
}
