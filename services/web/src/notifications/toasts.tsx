import type {Notification} from '@madang/client/client';
import {Toast} from '@base-ui/react/toast';
import {Bell, X} from 'lucide-react';
import {useEffect, useRef} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {bell, dropNews, markRead} from '../chat/notifications.ts';
import {IconButton} from '../ui/button.tsx';
import {NotificationLink} from './notification-link.tsx';
import {useContent} from './use-content.ts';
import styles from './toasts.module.css';

const shownMs = 8_000;

/**
 * Shows the newest notifications for a few seconds, longer under the pointer. One that is read elsewhere disappears here
 * too.
 */
export default function Toasts() {
  return (
    <Toast.Provider timeout={shownMs}>
      <Corner />
    </Toast.Provider>
  );
}

function Corner() {
  const {t} = useTranslation();
  const toasts = useNews();
  return (
    <Toast.Portal>
      <Toast.Viewport className={styles.corner} aria-label={t('bell.title')}>
        {toasts.map((toast) => (
          <Toast.Root key={toast.id} toast={toast} className={styles.toast} swipeDirection={['up', 'right']}>
            <Card notification={toast.data!} />
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  );
}

/** Keeps the toasts equal to the new notifications. */
function useNews() {
  const news = useStore(bell, (state) => state.news);
  const {toasts, add, close} = Toast.useToastManager<Notification>();
  const shown = useRef(new Set<string>());
  useEffect(() => {
    const current = new Set(news.map(({id}) => id));
    for (const notification of news) {
      const {id} = notification;
      if (!shown.current.has(id)) add({id, data: notification, onClose: () => dropNews(id)});
    }
    for (const id of shown.current) if (!current.has(id)) close(id);
    shown.current = current;
  }, [news, add, close]);
  return toasts;
}

function Card({notification}: {notification: Notification}) {
  const {t} = useTranslation();
  const {title, text, link} = useContent(notification);
  return (
    <Toast.Content className={styles.card}>
      <Bell size={18} aria-hidden className={styles.sign} />
      <div className={styles.words}>
        <Toast.Title dir="auto" className={styles.title} render={<p />}>
          {title}
        </Toast.Title>
        {text !== undefined && (
          <Toast.Description dir="auto" className={styles.text}>
            {text}
          </Toast.Description>
        )}
        {link !== undefined && (
          <NotificationLink link={link} className={styles.link} onFollow={() => markRead([notification.id])}>
            {t('bell.open')}
          </NotificationLink>
        )}
      </div>
      <IconButton label={t('close')} onClick={() => dropNews(notification.id)}>
        <X size={18} />
      </IconButton>
    </Toast.Content>
  );
}
