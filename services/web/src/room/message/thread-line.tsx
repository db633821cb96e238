import type {Message} from '@madang/client/client';
import {clsx} from 'clsx';
import {useTranslation} from 'react-i18next';
import {NotificationTime} from '../../notifications/notification-time.tsx';
import {Disc} from '../../ui/person.tsx';
import {useConversation} from '../composer/intent.ts';
import {useLook} from './look.ts';
import {useLoaded} from './use-message.ts';
import styles from './message.module.css';

type ThreadLineProps = {message: Message; thread: NonNullable<Message['thread']>};

/** How many replies a message has, and when the last one came. A press opens the thread. */
export function ThreadLine({message, thread: {replies, lastSeq}}: ThreadLineProps) {
  const {t} = useTranslation();
  const {openThread, thread} = useConversation();
  const look = useLook();
  const last = useLoaded(message.roomId, lastSeq);
  // Within the thread the replies stand below.
  if (thread !== undefined) return null;
  return (
    <div className={clsx(styles.threadRow, look['reactions'])}>
      <button type="button" className={styles.thread} onClick={() => openThread(message.seq)}>
        {last !== undefined && <Disc name={last.sender.name} color={last.sender.color} />}
        <strong>{replies > 99 ? t('thread.repliesMany') : t('thread.replies', {count: replies})}</strong>
        {last !== undefined && (
          <span>
            {' · '}
            {t('thread.last')} <NotificationTime time={last.createdAt} />
          </span>
        )}
      </button>
    </div>
  );
}
