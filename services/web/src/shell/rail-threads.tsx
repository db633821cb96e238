import {MessagesSquare} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {Link, useRoute} from 'wouter';
import {useStore} from 'zustand';
import {threads} from '../chat/threads.ts';
import styles from './rail.module.css';

/** Leads to the threads that the user follows, bold while something in them is unread. Without any it is not there. */
export function RailThreads() {
  const {t} = useTranslation();
  const [isOpen] = useRoute('/threads');
  const count = useStore(threads, ({list}) => list?.length ?? 0);
  const unread = useStore(
    threads,
    ({list = []}) => list.filter(({unreadFrom}) => unreadFrom !== undefined).length,
  );
  if (count === 0 && !isOpen) return null;
  return (
    <Link href="/threads" className={styles.entry} aria-current={isOpen ? 'page' : undefined}>
      <span className={styles.sign} aria-hidden>
        <MessagesSquare size={18} />
      </span>
      <span className={unread > 0 ? styles.unreadTitle : styles.title}>{t('thread.list')}</span>
      {unread > 0 && <span className="visually-hidden">{t('nav.unread', {count: unread})}</span>}
    </Link>
  );
}
