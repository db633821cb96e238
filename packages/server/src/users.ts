import {textPart} from '@madang/protocol/path';
import {path, queryOf} from './addresses.ts';
import {itemsOf} from './items-of.ts';
import type {LineRequest, Request} from './request.ts';
import type {
  Deletion,
  ListUsersInput,
  PutUserInput,
  User,
  UserExportLine,
  UserFilter,
  UserName,
} from './types.ts';

export function userCalls(request: Request, requestLines: LineRequest) {
  return {
    /** Creates the user with this id of the product's own, or updates it. Fields that are left out stay as they are. */
    async putUser(externalId: string, input: PutUserInput): Promise<User> {
      const {user} = await request<{user: User}>('PUT', path`/users/${textPart(externalId)}`, input);
      return user;
    },

    /** Creates or updates up to 100 users, in the given order. All are stored, or none. */
    async putUsers(users: (PutUserInput & {externalId: string})[]): Promise<User[]> {
      const {results} = await request<{results: {user: User}[]}>('PUT', '/users', {users});
      return results.map(({user}) => user);
    },

    /** Reads a user, including a disabled one. */
    async getUser(user: UserName): Promise<User> {
      return (await request<{user: User}>('GET', path`/users/${textPart(user)}`)).user;
    },

    /** Yields users by name, with `online`: all users, up to 200 by their ids, or those that match. */
    users(filter: UserFilter = {}): AsyncGenerator<User, void, undefined> {
      return itemsOf(request, '/users', 'users', filter);
    },

    /** Lists one page of the users. Pass `next` as `after` for the next page. */
    listUsers(input: ListUsersInput = {}): Promise<{users: User[]; next?: string}> {
      return request('GET', `/users?${queryOf(input)}`);
    },

    /** Disables a user and closes the user's connections. Doing it again changes nothing. */
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
     * Deletes a user at once. Within a minute the user's messages are erased, or kept without the name. After that, the
     * product's id of the user is `not_found`.
     */
    async deleteUser(user: UserName, options: {messages?: 'erase' | 'keep'} = {}): Promise<Deletion> {
      return request('DELETE', path`/users/${textPart(user)}`, options);
    },

    /**
     * Yields everything that is stored about a user, line by line. Throws if the export breaks off. An export is not
     * repeated once it has begun.
     */
    exportUser(user: UserName): AsyncGenerator<UserExportLine> {
      return requestLines(path`/users/${textPart(user)}/export`);
    },

    /** Creates a ticket. With it, the product's page or app signs the user in, once and within a minute. */
    async createTicket(userId: string): Promise<string> {
      const {ticket} = await request<{ticket: string}>('POST', '/auth/tickets', {userId});
      return ticket;
    },
  };
}
