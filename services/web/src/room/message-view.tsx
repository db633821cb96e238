import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {useTranslation} from 'react-i18next';
import {ColoredName, Disc} from '../ui/person.tsx';
import {MessageTime} from './message-time.tsx';
import styles from './message.module.css';

type MessageViewProps = {message: Message; isMine: boolean; isFirst: boolean; isLast: boolean};

/** One message of the log: others' on the left under their name, mine on the right. */
export function MessageView({message, isMine, isFirst, isLast}: MessageViewProps) {
  const {t} = useTranslation();
  const {sender, createdAt, editedAt, deletedAt} = message;
  return (
    <article className={clsx(styles.row, isMine && styles.mine, isFirst && styles.first)}>
      {!isMine && isFirst && (
        <div className={styles.sender}>
          <Disc name={sender.name} color={sender.color} />
          <ColoredName color={sender.color}>{sender.name}</ColoredName>
        </div>
      )}
      <div className={styles.line}>
        <div className={clsx(styles.bubble, deletedAt !== undefined && styles.deleted)}>
          <span className="visually-hidden">{sender.name}: </span>
          {deletedAt === undefined ? message.text : t('room.deleted')}
          {editedAt !== undefined && deletedAt === undefined && (
            <span className={styles.edited}> {t('room.edited')}</span>
          )}
        </div>
        <MessageTime time={createdAt} isShown={isLast} />
      </div>
    </article>
  );
}
