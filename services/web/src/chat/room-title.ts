import type {Room, User} from '@madang/client/client';
import {nameOf} from '../ui/person.tsx';
import {client} from './client.ts';

/** Returns the other person of a whisper, or undefined for any other room. */
export function whisperPartner({users}: Room): User | undefined {
  return users?.find(({id}) => id !== client.user?.id);
}

/** Returns the name of a room. A whisper has the other person's name. */
export function titleOf(room: Room): string {
  const partner = whisperPartner(room);
  return partner === undefined ? room.title : nameOf(partner);
}
