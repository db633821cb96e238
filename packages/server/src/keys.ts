import {path} from './addresses.ts';
import {itemsOf} from './items-of.ts';
import type {Request} from './request.ts';
import type {CreateKeyInput, Key} from './types.ts';

export function keyCalls(request: Request) {
  return {
    /**
     * Creates a key, or replaces one. A key can grant only scopes that it has itself. The secret is only in this answer. If
     * an answer is lost and the call repeated, a key remains that nobody knows. Find it with `listKeys` as one that was
     * never used, and revoke it.
     */
    async createKey(input: CreateKeyInput): Promise<{key: Key; secret: string}> {
      return request('POST', '/keys', input);
    },

    /** Yields the tenant's keys, newest first, including revoked ones. */
    listKeys(): AsyncGenerator<Key, void, undefined> {
      return itemsOf(request, '/keys', 'keys');
    },

    async getKey(id: string): Promise<Key> {
      const {key} = await request<{key: Key}>('GET', path`/keys/${id}`);
      return key;
    },

    /** Revokes a key permanently. Unless `sessions` is false, this also ends the sessions that began with its tickets. */
    async revokeKey(id: string, options: {sessions?: boolean} = {}): Promise<Key> {
      const {key} = await request<{key: Key}>('DELETE', path`/keys/${id}`, options);
      return key;
    },
  };
}
