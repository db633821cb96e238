import type {Message} from '@madang/client/client';
import type {Partner} from '../../chat/new-whisper.ts';
import type {Question} from '../../ui/confirm-dialog.tsx';
import {createContext, use, type RefObject} from 'react';

/** The purpose of the composer at the moment: a new message, an answer, or an edit. */
export type Intent = {kind: 'new'} | {kind: 'reply' | 'edit'; message: Message};

/** Actions that are available within a conversation. */
export type ConversationActions = {
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  jumpTo: (seq: number) => void;
  /** Shows the thread of a message beside the room. */
  openThread: (rootSeq: number) => void;
  /** The thread whose messages these are. Missing in the room itself. */
  thread?: number;
  openMenu: (message: Message, anchor: Element) => void;
  whisper: (partner: Partner) => void;
  /** Shows who somebody is, and what the user may do about them. */
  showPerson: (person: Partner, anchor: HTMLElement) => void;
  /** Asks why a message is reported, and reports it. */
  report: (message: Message) => void;
  /** Puts an emoji on a message, or takes it back. A refusal is told. */
  react: (message: Message, emoji: string, on: boolean) => void;
  /** Pins a message, or takes the pin away. A refusal is told. */
  pin: (message: Message, on: boolean) => void;
  /** Offers all emoji, to put one on a message. */
  openPicker: (message: Message, anchor: Element) => void;
  /** Tells who reacted to a message, first those with this emoji. */
  showReactors: (message: Message, emoji: string) => void;
  /** Asks before something that takes from others. */
  ask: (question: Question) => void;
  /** The composer. */
  field: RefObject<HTMLTextAreaElement | null>;
};

export const ConversationContext = createContext<ConversationActions | undefined>(undefined);

export function useConversation(): ConversationActions {
  const actions = use(ConversationContext);
  if (actions === undefined) throw new Error('only within a conversation');
  return actions;
}
