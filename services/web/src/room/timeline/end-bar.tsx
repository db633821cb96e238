import {ArrowDown} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import type {OpenRoom} from '../../chat/rooms.ts';
import {useConversation} from '../composer/intent.ts';
import {markAllRead} from './use-read-mark.ts';
import styles from './message-list.module.css';

type EndBarProps = {
  view: OpenRoom;
  /** The number of others' messages that came below the view. */
  newer: number;
  /** Leads to the first unread message, if it is known. */
  toUnread: (() => void) | undefined;
  toEnd: () => void;
};

/** Leads from older messages to the newest ones. */
export function NewestBar({onPress}: {onPress: () => void}) {
  const {t} = useTranslation();
  return (
    <div className={styles.bar}>
      <button type="button" onClick={onPress}>
        <span>{t('room.jumpToNewest')}</span>
        <ArrowDown size={16} aria-hidden />
      </button>
    </div>
  );
}

/** Leads to the end of the conversation and, while there are unread messages, to them, or past them. */
export function EndBar({view, newer, toUnread, toEnd}: EndBarProps) {
  const {t} = useTranslation();
  const {field} = useConversation();
  const {unread} = view;
  if (unread === 0 || toUnread === undefined)
    return (
      <div className={styles.bar}>
        <button type="button" onClick={toEnd}>
          <span>{newer > 0 ? t('room.newer', {count: newer}) : t('room.toEnd')}</span>
          <ArrowDown size={16} aria-hidden />
        </button>
      </div>
    );
  const read = () => {
    markAllRead(view);
    // The pressed button disappears.
    field.current?.focus();
  };
  return (
    <div className={styles.bar}>
      <button type="button" onClick={toUnread}>
        {unread > 99 ? t('room.newMany') : t('room.newer', {count: unread})}
      </button>
      <button type="button" onClick={read}>
        {t('room.markRead')}
      </button>
      <button type="button" onClick={toEnd}>
        {t('room.newest')}
        <ArrowDown size={16} aria-hidden />
      </button>
    </div>
  );
}
