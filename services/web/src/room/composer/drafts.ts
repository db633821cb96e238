import {client} from '../../chat/client.ts';

/** What someone began to write in a room; it survives a reload. Each user of a browser has their own. */
export function readDraft(roomId: string): string {
  return localStorage.getItem(keyOf(roomId)) ?? '';
}

export function writeDraft(roomId: string, text: string): void {
  if (text === '') localStorage.removeItem(keyOf(roomId));
  else keep(keyOf(roomId), text);
}

/** A text that the browser has no room for lives as long as its page. */
function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    localStorage.removeItem(key);
  }
}

const keyOf = (roomId: string) => `madang.draft.${client.user?.id}.${roomId}`;
