import type {DetachedPage, Message} from '@madang/client/client';
import {contextOf} from './rows.ts';

/** The part of a room's history that the list shows: its newest messages, or older ones apart from them. */
export type Part = {
  /** Holds the older messages; undefined for the newest. */
  page: DetachedPage | undefined;
  messages: readonly Message[];
  hasEarlier: boolean;
  hasLater: boolean;
  loadEarlier: () => Promise<unknown>;
  loadLater: () => Promise<unknown>;
};

/** Whether a message has a row of its own in the list of these messages. */
export function shows(part: Pick<Part, 'messages' | 'hasEarlier'>, seq: number): boolean {
  return part.messages.some((message) => message.seq === seq && message !== contextOf(part));
}
