import type {Message} from '@madang/client/client';
import type {KeyboardEvent} from 'react';
import {useConversation} from '../composer/intent.ts';
import {mayAnswer, mayEdit} from './message-rights.ts';

/**
 * Handles the keys on a focused message: Enter opens its menu, R replies, T opens its thread, E edits and
 * + reacts.
 *
 * Where a keyboard writes another script, the place of the letter counts.
 */
export function useMessageKeys(message: Message): (event: KeyboardEvent<HTMLElement>) => void {
  const {openMenu, openPicker, openThread, reply, edit, thread} = useConversation();
  return (event) => {
    const {target, currentTarget, altKey, ctrlKey, metaKey} = event;
    if (target !== currentTarget || altKey || ctrlKey || metaKey) return;
    const acts: Record<string, () => void> = {
      enter: () => openMenu(message, currentTarget),
      ...(mayAnswer(message) && {
        r: () => reply(message),
        '+': () => openPicker(message, currentTarget),
      }),
      ...(thread === undefined && {t: () => openThread(message.seq)}),
      ...(mayEdit(message) && {e: () => edit(message)}),
    };
    const act = acts[nameOf(event)];
    if (act === undefined) return;
    // The letter must not be typed into the field that gets the focus.
    event.preventDefault();
    act();
  };
}

function nameOf({key, code}: KeyboardEvent): string {
  const isOtherScript = /^\P{ASCII}$/u.test(key) || key === 'Process';
  return (isOtherScript ? code.replace(/^Key/, '') : key).toLowerCase();
}
