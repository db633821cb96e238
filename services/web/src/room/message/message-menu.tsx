import type {Message} from '@madang/client/client';
import {SmilePlus} from 'lucide-react';
import {Suspense} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {doSoon} from '../../chat/undo.ts';
import {messageAddress} from '../../shell/room-address.ts';
import {copyText} from '../../ui/copy-text.ts';
import {MenuPopup} from '../../ui/menu-button.tsx';
import type {MenuEntry} from '../../ui/menu-entries.ts';
import {useConversation} from '../composer/intent.ts';
import {isOwn, mayAnswer, mayDelete, mayEdit, mayPin} from './message-rights.ts';
import {menuEmoji} from './quick-emoji.ts';

type MessageMenuProps = {message: Message; anchor: Element; onClose: () => void};

/** The actions on one message. One menu serves all messages, and opens beside the chosen one. */
export function MessageMenu({message, anchor, onClose}: MessageMenuProps) {
  const {t} = useTranslation();
  const {reply, edit, ask, react, pin, openPicker, openThread, showReactors, report, field, thread} =
    useConversation();
  const toField = () => field.current;
  // The button that opened the menu disappears with the message.
  const toMessage = () => anchor.closest<HTMLElement>('article');
  const {roomId, seq, text, threadOf} = message;
  const reactions = message.annotations?.reactions ?? [];
  const isPinned = message.annotations?.pinned !== undefined;
  const isMine = (emoji: string) => reactions.some((each) => each.emoji === emoji && each.mine);
  const remove: MenuEntry = isOwn(message)
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
    mayAnswer(message) && {
      kind: 'row',
      label: t('reaction.title'),
      actions: [
        ...menuEmoji.map((emoji) => ({
          label: t(isMine(emoji) ? 'reaction.remove' : 'reaction.add', {emoji}),
          sign: emoji,
          act: () => react(message, emoji, !isMine(emoji)),
          focus: toMessage,
        })),
        {
          label: t('reaction.addAny'),
          sign: <SmilePlus size={20} aria-hidden />,
          act: () => openPicker(message, anchor),
          opensDialog: true,
        },
      ],
    },
    reactions[0] !== undefined && {
      kind: 'action',
      label: t('reaction.who'),
      act: () => showReactors(message, reactions[0]!.emoji),
      opensDialog: true,
    },
    mayAnswer(message) && {
      kind: 'action',
      label: t('room.reply'),
      act: () => reply(message),
      focus: toField,
    },
    thread === undefined &&
      mayAnswer(message) && {
        kind: 'action',
        label: t('thread.reply'),
        act: () => openThread(seq),
        opensDialog: true,
      },
    text !== '' && {kind: 'action', label: t('room.copy'), act: () => void copyText(text)},
    {
      kind: 'action',
      label: t('room.copyLink'),
      act: () => void copyText(new URL(messageAddress(roomId, seq), location.origin).href),
    },
    mayPin(message) && {
      kind: 'action',
      label: t(isPinned ? 'pins.unpin' : 'pins.pin'),
      act: () => pin(message, !isPinned),
      focus: toMessage,
    },
    !isOwn(message) && {
      kind: 'action',
      label: t('room.markUnread'),
      act: () =>
        void client
          .call('read:mark', {roomId, seq, back: true, ...(threadOf !== undefined && {threadOf})})
          .catch(() => undefined),
      focus: toMessage,
    },
    !isOwn(message) && {
      kind: 'action',
      label: t('report.open'),
      act: () => report(message),
      opensDialog: true,
    },
    mayEdit(message) && {
      kind: 'action',
      label: t('room.edit'),
      act: () => edit(message),
      focus: toField,
    },
    mayDelete(message) && remove,
  ];
  const entries = offered.filter((entry) => entry !== false);
  return (
    <Suspense>
      <MenuPopup anchor={anchor} entries={entries} onClose={onClose} />
    </Suspense>
  );
}
