import {CallError, type User} from '@madang/client/client';
import {nameOf} from '../ui/person.tsx';
import {client} from './client.ts';

/** Opens the whisper with someone. Returns the room's id. */
export async function openWhisper(userId: string): Promise<string> {
  const {room} = await client.openDirect(userId);
  return room.id;
}

/** Whether the user may find somebody by name and whisper with them. */
export function mayWhisperByName(): boolean {
  return client.may('directory') && client.may('direct');
}

/** Opens the whisper with the user of this name. Throws `not_found` when nobody has it. */
export async function openWhisperByName(name: string): Promise<string> {
  return openWhisper((await findByName(name)).id);
}

/** A sign-in name belongs to one person, so it has priority over an equal display name. */
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
