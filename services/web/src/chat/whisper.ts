import {CallError, type User} from '@madang/client/client';
import {nameOf} from '../ui/person.tsx';
import {client} from './client.ts';

/** Opens the whisper with someone; answers the room's id. */
export async function openWhisper(userId: string): Promise<string> {
  const {room} = await client.openDirect(userId);
  return room.id;
}

/** Whether one may find somebody by name, and whisper with them. */
export function mayWhisperByName(): boolean {
  return client.may('directory') && client.may('direct');
}

/** Opens the whisper with the user of this name. Throws `not_found` when nobody is called so. */
export async function openWhisperByName(name: string): Promise<string> {
  return openWhisper((await findByName(name)).id);
}

/** The name one signs in with belongs to one person, so it goes before a shown name that is the same. */
async function findByName(name: string): Promise<User> {
  const {users} = await client.call('user:list', {query: name, limit: 200});
  const wanted = name.normalize('NFC').toLowerCase();
  const others = users.filter(({id}) => id !== client.user?.id);
  const found =
    others.find((user) => user.name.toLowerCase() === wanted) ??
    others.find((user) => nameOf(user).toLowerCase() === wanted);
  if (found === undefined) throw new CallError('not_found');
  return found;
}
