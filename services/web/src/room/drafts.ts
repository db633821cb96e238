import {client} from '../chat/client.ts';

/** What someone began to write in a room; it survives a reload. Each user of a browser has their own. */
export function readDraft(roomId: string): string {
  return localStorage.getItem(keyOf(roomId)) ?? '';
}

export function writeDraft(roomId: string, text: string): void {
  if (text === '') localStorage.removeItem(keyOf(roomId));
  else localStorage.setItem(keyOf(roomId), text);
}

const keyOf = (roomId: string) => `madang.draft.${client.user?.id}.${roomId}`;
