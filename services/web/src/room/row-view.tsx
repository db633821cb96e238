import {useTranslation} from 'react-i18next';
import {DayLine} from './day-line.tsx';
import {MessageView} from './message-view.tsx';
import {NoticeLine} from './notice-line.tsx';
import {PendingView, RefusedView} from './pending-view.tsx';
import type {Row} from './rows.ts';
import styles from './row.module.css';

/** One row of a conversation. */
export function RowView({row}: {row: Row}) {
  const {t} = useTranslation();
  switch (row.kind) {
    case 'top':
      return <p className={styles.system}>{row.hasEarlier ? t('room.earlier') : t('room.beginning')}</p>;
    case 'day':
      return <DayLine time={row.day} />;
    case 'unread':
      return (
        <p className={styles.unread}>
          <span>{t('room.unreadLine')}</span>
        </p>
      );
    case 'notice':
      return <NoticeLine event={row.event} users={row.users} />;
    case 'message': {
      const {message, isMine, isFirst, isLast} = row;
      return <MessageView message={message} isMine={isMine} isFirst={isFirst} isLast={isLast} />;
    }
    case 'pending':
      return <PendingView entry={row.entry} isFirst={row.isFirst} />;
    case 'refused':
      return <RefusedView refused={row.refused} isFirst={row.isFirst} />;
  }
}
