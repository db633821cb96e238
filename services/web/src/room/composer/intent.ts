import type {Message} from '@madang/client/client';
import type {Partner} from '../../chat/new-whisper.ts';
import {createContext, use, type RefObject} from 'react';

/** What the composer is for at the moment: something new, an answer, or another wording. */
export type Intent = {kind: 'new'} | {kind: 'reply' | 'edit'; message: Message};

/** What can be done from within a conversation. */
export type ConversationActions = {
  reply: (message: Message) => void;
  edit: (message: Message) => void;
  jumpTo: (seq: number) => void;
  openMenu: (message: Message, anchor: Element) => void;
  whisper: (partner: Partner) => void;
  /** Where one writes. */
  field: RefObject<HTMLTextAreaElement | null>;
};

export const ConversationContext = createContext<ConversationActions | undefined>(undefined);

export function useConversation(): ConversationActions {
  const actions = use(ConversationContext);
  if (actions === undefined) throw new Error('only within a conversation');
  return actions;
}
