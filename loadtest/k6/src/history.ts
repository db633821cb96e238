import {call} from './api.ts';
import type {Heard} from './ledger.ts';
import {path} from './path.ts';

type Page = {messages: Heard[]; more: boolean};

/** Returns what the cluster stores of a room above a rev, newest first. */
export function readHistory(
  url: string,
  token: string,
  {roomId, base}: {roomId: string; base: number},
): Heard[] {
  const all: Heard[] = [];
  for (let before: number | undefined; ; before = all.at(-1)!.seq) {
    const query = before === undefined ? '' : `&before=${before}`;
    const address = `${path`/rooms/${roomId}/messages`}?limit=200${query}`;
    const {messages, more} = call<Page>(url, {method: 'GET', path: address, token});
    for (const {seq, clientId, text} of messages) if (seq > base) all.push({seq, clientId, text});
    if (!more || messages.length === 0 || messages.at(-1)!.seq <= base) return all;
  }
}
