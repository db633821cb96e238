import {client} from '../../chat/client.ts';

/** A user's unsent text for a room or thread. It survives a reload. Each user of a browser has separate drafts. */
export function readDraft(roomId: string, threadOf?: number): string {
  return localStorage.getItem(keyOf(roomId, threadOf)) ?? '';
}

export function writeDraft(roomId: string, threadOf: number | undefined, text: string): void {
  const key = keyOf(roomId, threadOf);
  if (text === '') localStorage.removeItem(key);
  else keep(key, text);
}

/** A text for which the browser has no space lives as long as its page. */
function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    localStorage.removeItem(key);
  }
}

const keyOf = (roomId: string, threadOf?: number) =>
  `madang.draft.${client.user?.id}.${roomId}${threadOf === undefined ? '' : `.${threadOf}`}`;
