import type {Room, User} from '@madang/client/client';
import {nameOf} from '../ui/person.tsx';
import {client} from './client.ts';

/** The other person of a whisper; undefined for a room of many. */
export function whisperPartner({users}: Room): User | undefined {
  return users?.find(({id}) => id !== client.user?.id);
}

/** What a room is called: a whisper after the other person. */
export function titleOf(room: Room): string {
  const partner = whisperPartner(room);
  return partner === undefined ? room.title : nameOf(partner);
}
