import type {Message} from '@madang/client/client';
import {Suspense} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {may} from '../../chat/may.ts';
import {doSoon} from '../../chat/undo.ts';
import {messageAddress} from '../../shell/room-address.ts';
import {copyText} from '../../ui/copy-text.ts';
import {MenuPopup} from '../../ui/menu-button.tsx';
import type {MenuEntry} from '../../ui/menu-entries.ts';
import {useConversation} from '../composer/intent.ts';

type MessageMenuProps = {message: Message; anchor: Element; onClose: () => void};

/** The actions on one message. One menu serves all messages, and opens beside the chosen one. */
export function MessageMenu({message, anchor, onClose}: MessageMenuProps) {
  const {t} = useTranslation();
  const {reply, edit, ask, field} = useConversation();
  const toField = () => field.current;
  // The button that opened the menu disappears with the message.
  const toMessage = () => anchor.closest<HTMLElement>('article');
  const isMine = message.sender.id === client.user?.id;
  const {roomId, seq, text} = message;
  const mayDelete = (isMine && may(roomId, 'delete')) || may(roomId, 'moderate');
  const remove: MenuEntry = isMine
    ? {
        kind: 'action',
        label: t('room.delete'),
        act: () => doSoon({kind: 'delete', roomId, seq}),
        isBad: true,
        focus: toMessage,
      }
    : {
        kind: 'action',
        label: t('room.delete'),
        act: () =>
          ask({
            title: t('room.askDelete'),
            lead: t('room.askDeleteLead', {name: message.sender.name}),
            action: t('room.delete'),
            act: () => client.call('message:delete', {roomId, seq}),
          }),
        isBad: true,
        opensDialog: true,
      };
  const offered: (MenuEntry | false)[] = [
    may(roomId, 'send') && {
      kind: 'action',
      label: t('room.reply'),
      act: () => reply(message),
      focus: toField,
    },
    text !== '' && {kind: 'action', label: t('room.copy'), act: () => void copyText(text)},
    {
      kind: 'action',
      label: t('room.copyLink'),
      act: () => void copyText(new URL(messageAddress(roomId, seq), location.origin).href),
    },
    isMine &&
      text !== '' &&
      may(roomId, 'edit') && {
        kind: 'action',
        label: t('room.edit'),
        act: () => edit(message),
        focus: toField,
      },
    mayDelete && remove,
  ];
  const entries = offered.filter((entry) => entry !== false);
  return (
    <Suspense>
      <MenuPopup anchor={anchor} entries={entries} onClose={onClose} />
    </Suspense>
  );
}
