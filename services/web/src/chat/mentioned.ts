import type {Message} from '@madang/client/client';
import {client} from './client.ts';

/** Whether a message mentions the user, by name or with everybody. */
export function isMentioned({
  mentions,
  notify,
  sender,
}: Pick<Message, 'mentions' | 'notify' | 'sender'>): boolean {
  const me = client.user?.id;
  return (notify !== undefined && sender.id !== me) || mentions?.some(({id}) => id === me) === true;
}
