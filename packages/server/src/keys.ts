import {path} from './addresses.ts';
import {itemsOf} from './items-of.ts';
import type {Request} from './request.ts';
import type {CreateKeyInput, Key} from './types.ts';

export function keyCalls(request: Request) {
  return {
    /**
     * Creates a key, or replaces one. A key cannot grant scopes that it lacks itself. Only this answer contains the secret. A
     * call that is repeated after a lost answer leaves a key that nobody knows: find it with `listKeys` as one that was never
     * used, and revoke it.
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
