import type {Room} from '@madang/client/client';
import {memo} from 'react';
import {useTranslation} from 'react-i18next';
import {DayLine} from './day-line.tsx';
import {MessageView} from './message-view.tsx';
import {NoticeLine} from './notice-line.tsx';
import {PendingView, RefusedView} from './pending-view.tsx';
import type {Row} from './rows.ts';
import {UploadView} from './upload-view.tsx';
import styles from './row.module.css';

type RowViewProps = {row: Row; isMarked: boolean; room: Room};

/** One row of a conversation. */
export const RowView = memo(function RowView({row, isMarked, room}: RowViewProps) {
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
      return <NoticeLine event={row.event} users={row.users} room={room} />;
    case 'message': {
      const {message, isMine, isFirst, isLast} = row;
      const isDirect = room.kind === 'direct';
      return <MessageView {...{message, isMine, isFirst, isLast, isMarked, isDirect}} />;
    }
    case 'pending':
      return <PendingView entry={row.entry} isFirst={row.isFirst} />;
    case 'refused':
      return <RefusedView refused={row.refused} isFirst={row.isFirst} />;
    case 'upload':
      return <UploadView upload={row.upload} isFirst={row.isFirst} />;
  }
});
