import {client} from '../../chat/client.ts';

/** A user's unsent text for a room. It survives a reload. Each user of a browser has separate drafts. */
export function readDraft(roomId: string): string {
  return localStorage.getItem(keyOf(roomId)) ?? '';
}

export function writeDraft(roomId: string, text: string): void {
  if (text === '') localStorage.removeItem(keyOf(roomId));
  else keep(keyOf(roomId), text);
}

/** A text for which the browser has no space lives as long as its page. */
function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    localStorage.removeItem(key);
  }
}

const keyOf = (roomId: string) => `madang.draft.${client.user?.id}.${roomId}`;
