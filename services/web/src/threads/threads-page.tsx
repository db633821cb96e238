import {useRoom} from '@madang/react';
import {useEffect} from 'react';
import {useTranslation} from 'react-i18next';
import {Link} from 'wouter';
import {useStore} from 'zustand';
import {titleOf} from '../chat/room-title.ts';
import {readOlderThreads, readThreads, threads, type FollowedThread} from '../chat/threads.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {PageHeader} from '../shell/page-header.tsx';
import {usePageTitle} from '../shell/page-title.ts';
import {threadAddress} from '../shell/room-address.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {ColoredName, Disc} from '../ui/person.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './threads-page.module.css';

/** The threads that the user follows, the latest reply first. Each leads to its room, and opens there. */
export default function ThreadsPage() {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {list, next} = useStore(threads);
  const {run, isBusy, error} = useAction(async () => void (await readOlderThreads()));
  usePageTitle(t('thread.list'));
  useEffect(() => void readThreads(), []);
  return (
    <div className={styles.page}>
      <PageHeader title={t('thread.list')} />
      <div className={styles.scroller}>
        {list === undefined && <LateSkeleton />}
        {list?.length === 0 && (
          <div className={styles.none}>
            <p>{t('thread.noThreads')}</p>
            <p>{t('thread.noThreadsLead')}</p>
          </div>
        )}
        <ul>
          {list?.map((thread) => (
            <li key={`${thread.root.roomId} ${thread.root.seq}`}>
              <ThreadEntry thread={thread} />
            </li>
          ))}
        </ul>
        {error !== undefined && <Alert>{errorText(error)}</Alert>}
        {next !== undefined && (
          <Button look="quiet" className={styles.older} isBusy={isBusy} onClick={() => void run()}>
            {t('bell.older')}
          </Button>
        )}
      </div>
    </div>
  );
}

function ThreadEntry({thread: {root, unreadFrom}}: {thread: FollowedThread}) {
  const {t} = useTranslation();
  const {roomId, seq, sender, text, attachments, deletedAt, thread} = root;
  const view = useRoom(roomId);
  const replies = thread?.replies ?? 0;
  const isUnread = unreadFrom !== undefined;
  return (
    <Link href={threadAddress(roomId, seq)} className={styles.entry} data-unread={isUnread || undefined}>
      <Disc name={sender.name} color={sender.color} />
      <span className={styles.words}>
        <span className={styles.who}>
          <ColoredName color={sender.color}>{sender.name}</ColoredName>
          <span dir="auto" className={styles.room}>
            {view === undefined ? '' : titleOf(view.room)}
          </span>
        </span>
        <span dir="auto" className={styles.text}>
          {deletedAt === undefined ? text || attachments.map(({name}) => name).join(', ') : t('room.deleted')}
        </span>
        <span className={styles.replies}>
          {replies > 99 ? t('thread.repliesMany') : t('thread.replies', {count: replies})}
        </span>
      </span>
      {isUnread && (
        <span className={styles.new}>
          <span className="visually-hidden">{t('bell.new')}</span>
        </span>
      )}
    </Link>
  );
}
