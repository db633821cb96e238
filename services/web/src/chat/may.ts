import type {Grant} from '@madang/client/client';
import {client} from './client.ts';
import {isNewWhisper} from './new-whisper.ts';

/** Whether the user may do this in the room. A whisper that has not begun is no room yet; who may open it, may speak in it. */
export function may(roomId: string, grant: Grant): boolean {
  return isNewWhisper(roomId) || client.may(roomId, grant);
}
