/** Creates users and rooms with a service key. The key is exempt from limits, so any number may come from one address. */
import {call, callAll} from './api.ts';
import {path} from './path.ts';

export type Place = {url: string; key: string};
export type Account = {userId: string; token: string};

type UserBody = {user: {id: string}};

/**
 * Signs in users whom the product knows by these names. The same names give the same users in every run, so all runs
 * together leave only as many users behind as the largest one.
 */
export function signIn({url, key}: Place, names: string[]): Account[] {
  const ids = callAll<UserBody>(
    url,
    names.map((name) => ({method: 'PUT', path: path`/users/${name}`, token: key, body: {name}})),
  ).map(({user}) => user.id);
  // A ticket is valid once and for a minute. If the answer to its use is lost, a new one replaces it.
  return ids.map((userId, index) => ({userId, token: tokenOf({url, key}, userId, names[index]!)}));
}

function tokenOf({url, key}: Place, userId: string, name: string): string {
  for (let attempt = 1; ; attempt++) {
    const {ticket} = call<{ticket: string}>(url, {
      method: 'POST',
      path: '/auth/tickets',
      token: key,
      body: {userId},
    });
    try {
      const body = {ticket, token: true};
      return call<{token: string}>(url, {method: 'POST', path: '/auth/ticket', token: key, body}).token;
    } catch (error) {
      if (attempt === 5) throw new Error(`${name} cannot sign in: ${(error as Error).message}`);
    }
  }
}

/** Creates a private room, which only its members see listed. */
export function createRoom({url, key}: Place, title: string): string {
  const body = {title, visibility: 'private', ephemeral: false, clientId: crypto.randomUUID()};
  return call<{room: {id: string}}>(url, {method: 'POST', path: '/rooms', token: key, body}).room.id;
}

export function addMembers({url, key}: Place, roomId: string, accounts: Account[]): void {
  const members = path`/rooms/${roomId}/members`;
  callAll(
    url,
    accounts.map(({userId}) => ({method: 'POST', path: members, token: key, body: {userId}})),
  );
}

export function closeRoom({url, key}: Place, roomId: string): void {
  call(url, {method: 'DELETE', path: path`/rooms/${roomId}`, token: key});
}

/** Ends the sessions, so that a run leaves none in Redis. */
export function signOut({url}: Place, accounts: Account[]): void {
  callAll(
    url,
    accounts.map(({token}) => ({method: 'POST', path: '/auth/logout', token, body: {}})),
  );
}
