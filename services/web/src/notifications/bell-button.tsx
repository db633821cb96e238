import {useNotifications} from '@madang/react';
import {Bell} from 'lucide-react';
import {lazy, Suspense, useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {setListOpen} from '../chat/notifications.ts';
import {IconButton} from '../ui/button.tsx';
import styles from './bell-button.module.css';

const loadList = () => import('./notification-list.tsx');
const NotificationList = lazy(loadList);

/** Shows the number of unread notifications. A press shows the list. */
export function BellButton() {
  const {t} = useTranslation();
  const {unread} = useNotifications();
  const [anchor, setAnchor] = useState<Element>();
  const isOpen = anchor !== undefined;
  useEffect(() => {
    setListOpen(isOpen);
    return () => setListOpen(false);
  }, [isOpen]);
  const prepare = () => void loadList().catch(() => undefined);
  const label = unread > 99 ? t('bell.unreadMany') : t('bell.unread', {count: unread});
  return (
    <>
      <IconButton
        className={styles.bell}
        label={unread === 0 ? t('bell.title') : label}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onPointerEnter={prepare}
        onFocus={prepare}
        onClick={({currentTarget}) => setAnchor(isOpen ? undefined : currentTarget)}
      >
        <Bell size={20} />
        {unread > 0 && <span className={styles.count}>{unread > 99 ? '99+' : unread}</span>}
      </IconButton>
      {isOpen && (
        <Suspense>
          <NotificationList anchor={anchor} onClose={() => setAnchor(undefined)} />
        </Suspense>
      )}
    </>
  );
}
