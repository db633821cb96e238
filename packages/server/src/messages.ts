import {randomUUID} from 'node:crypto';
import {path, queryOf} from './addresses.ts';
import {pageSize} from './items-of.ts';
import type {Request} from './request.ts';
import type {
  EditInput,
  HistoryPage,
  ImportedMessage,
  Message,
  SendInput,
  SendResult,
  SignedFile,
} from './types.ts';

export function messageCalls(request: Request) {
  return {
    /**
     * Sends a message as the service, which must be a member. With your own `clientId`, the call may be repeated safely
     * after a restart.
     */
    async send(roomId: string, input: string | SendInput): Promise<SendResult> {
      const {clientId = randomUUID(), ...content} = typeof input === 'string' ? {text: input} : input;
      return request<SendResult>('POST', path`/rooms/${roomId}/messages`, {clientId, ...content});
    },

    /** Changes the text or data of a message that the service sent. */
    async editMessage(roomId: string, seq: number, input: EditInput): Promise<{seq: number; rev: number}> {
      return request('PATCH', path`/rooms/${roomId}/messages/${String(seq)}`, input);
    },

    /** Deletes any message. Deleting it again returns the rev of the first deletion. */
    async deleteMessage(roomId: string, seq: number): Promise<{seq: number; rev: number}> {
      return request('DELETE', path`/rooms/${roomId}/messages/${String(seq)}`, {});
    },

    /** Imports up to 500 earlier messages into an archived room, the oldest first. Each clientId is stored once. */
    async importMessages(roomId: string, messages: ImportedMessage[]): Promise<SendResult[]> {
      const {results} = await request<{results: SendResult[]}>('POST', path`/rooms/${roomId}/import`, {
        messages,
      });
      return results;
    },

    /** Reads up to 200 messages by room and seq. Messages that the service may not read are left out of the answer. */
    async readMessages(at: {roomId: string; seq: number}[]): Promise<Message[]> {
      const {messages} = await request<{messages: Message[]}>('POST', '/messages/read', {at});
      return messages;
    },

    /**
     * Returns addresses of up to 100 images, which need no credential for an hour. Each use checks that the service may see
     * the image.
     */
    async signFiles(ids: string[]): Promise<SignedFile[]> {
      const {files} = await request<{files: SignedFile[]}>('POST', '/files/sign', {ids});
      return files;
    },

    /** Yields the history of a room that the service may read, newest first. */
    messages(roomId: string, {before}: {before?: number} = {}): AsyncGenerator<Message, void, undefined> {
      return history(request, path`/rooms/${roomId}/messages`, before);
    },

    /**
     * Reads one page of the history. Pass the `seq` of the last message as `before` for the next page, while there is `more`.
     * After `around` or `after`, the `seq` of the first message as `after` leads on while there is `moreAfter`.
     */
    async listMessages(
      roomId: string,
      page: HistoryPage = {},
    ): Promise<{messages: Message[]; more: boolean; moreAfter?: boolean}> {
      const query = queryOf(page);
      const messages = path`/rooms/${roomId}/messages`;
      return request('GET', query.size > 0 ? `${messages}?${query}` : messages);
    },
  };
}

async function* history(
  request: Request,
  address: string,
  before?: number,
): AsyncGenerator<Message, void, undefined> {
  for (let next = before; ;) {
    const query = queryOf({limit: pageSize, before: next});
    const {messages, more} = await request<{messages: Message[]; more: boolean}>(
      'GET',
      `${address}?${query}`,
    );
    yield* messages;
    if (!more) return;
    next = messages.at(-1)!.seq;
  }
}
