import type {Room} from '@madang/client/client';
import {memo} from 'react';
import {useTranslation} from 'react-i18next';
import {useConversation} from '../composer/intent.ts';
import {DayLine} from './day-line.tsx';
import {FoldedReply} from '../message/folded-reply.tsx';
import {MessageView} from '../message/message-view.tsx';
import {NoticeLine} from './notice-line.tsx';
import {PendingView, RefusedView} from '../message/pending-view.tsx';
import type {Row} from './rows.ts';
import {UploadView} from '../message/upload-view.tsx';
import styles from './row.module.css';

type RowViewProps = {row: Row; isMarked: boolean; room: Room};

/** One row of a conversation. Each change lays out the rows again, but unchanged ones are not rendered again. */
export const RowView = memo(function RowView({row, isMarked, room}: RowViewProps) {
  const {t} = useTranslation();
  const {thread} = useConversation();
  switch (row.kind) {
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
      if (message.threadOf !== undefined && thread === undefined)
        return <FoldedReply message={message} rootSeq={message.threadOf} isMarked={isMarked} />;
      return <MessageView {...{message, isMine, isFirst, isLast, isMarked}} />;
    }
    case 'pending':
      return <PendingView entry={row.entry} isFirst={row.isFirst} />;
    case 'refused':
      return <RefusedView refused={row.refused} isFirst={row.isFirst} />;
    case 'upload':
      return <UploadView upload={row.upload} isFirst={row.isFirst} />;
  }
}, isDrawn);

function isDrawn(before: RowViewProps, now: RowViewProps): boolean {
  if (before.isMarked !== now.isMarked || before.room !== now.room) return false;
  return isSame(before.row, now.row);
}

function isSame(before: object, now: object): boolean {
  const entries = Object.entries(now);
  const were = new Map(Object.entries(before));
  return were.size === entries.length && entries.every(([name, value]) => were.get(name) === value);
}
