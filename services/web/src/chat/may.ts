import type {Grant} from '@madang/client/client';
import {useMay} from '@madang/react';
import {client} from './client.ts';
import {isNewWhisper, isSpokenWith} from './new-whisper.ts';

/**
 * Whether the user may do this in the room. A whisper that has not begun is not a room yet: a
 * user who may open it may write in it.
 */
export function may(roomId: string, grant: Grant): boolean {
  return isNewWhisper(roomId) || client.may(roomId, grant);
}

/** Whether the user may whisper with someone: in the existing whisper, or in one that they may begin. */
export function useMayWhisper(userId: string): boolean {
  const mayBegin = useMay('direct');
  return mayBegin || client.stores.rooms.snapshot().some((view) => isSpokenWith(view, userId));
}
