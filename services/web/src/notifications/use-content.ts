import type {Notification} from '@madang/client/client';
import {useRoom} from '@madang/react';
import {useTranslation} from 'react-i18next';
import {titleOf} from '../chat/room-title.ts';
import {contentOf, itemOf, type NotificationContent} from './notification-content.ts';

type Shown = NotificationContent & {sender?: {name: string; color: string}};

/** What a notification shows, in the language of the page: of an inbox item, who did what and where. */
export function useContent(notification: Notification): Shown {
  const {t} = useTranslation();
  const content = contentOf(notification);
  const item = itemOf(notification);
  const view = useRoom(item?.roomId ?? '');
  if (item === undefined) return content;
  const {kind, sender} = item;
  const {name} = sender;
  const title =
    view === undefined || view.room.kind === 'direct'
      ? t(`bell.items.${kind}`, {name})
      : t(`bell.itemsIn.${kind}`, {name, room: titleOf(view.room)});
  return {...content, title, sender};
}
