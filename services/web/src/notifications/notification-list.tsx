import {Popover} from '@base-ui/react/popover';
import {useNotifications} from '@madang/react';
import {BellOff} from 'lucide-react';
import {useEffect, useRef, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {loadOlder, markRead} from '../chat/notifications.ts';
import {Button} from '../ui/button.tsx';
import {useIsWatched} from '../ui/use-is-watched.ts';
import {NotificationRow} from './notification-row.tsx';
import styles from './notification-list.module.css';

type NotificationListProps = {anchor: Element; onClose: () => void};

/** All notifications, the newest first. Those that are seen here are read on every device. */
export default function NotificationList({anchor, onClose}: NotificationListProps) {
  const {t} = useTranslation();
  const {items, hasEarlier, isLoaded} = useNotifications();
  const [isOpen, setOpen] = useState(true);
  const [openedAt] = useState(() => Date.now());
  const scroller = useRef<HTMLDivElement>(null);
  useReadMark();

  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen} onOpenChangeComplete={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner className={styles.positioner} anchor={anchor} align="start" sideOffset={4}>
          <Popover.Popup
            className={styles.popup}
            initialFocus={scroller}
            finalFocus={() => anchor as HTMLElement}
          >
            <Popover.Title className={styles.title}>{t('bell.title')}</Popover.Title>
            <div ref={scroller} className={styles.scroller} tabIndex={-1}>
              {isLoaded && items.length === 0 && (
                <div className={styles.empty}>
                  <BellOff size={28} aria-hidden />
                  <p>{t('bell.none')}</p>
                  <p>{t('bell.noneLead')}</p>
                </div>
              )}
              <ul>
                {items.map((notification) => (
                  <NotificationRow
                    key={notification.id}
                    notification={notification}
                    isNew={isNewSince(openedAt, notification.readAt)}
                    onFollow={() => setOpen(false)}
                  />
                ))}
              </ul>
              {hasEarlier && <Older onLast={() => scroller.current?.focus()} />}
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Notifications that were unread when the list was opened, or came since, are highlighted until it is closed. */
function isNewSince(openedAt: number, readAt: string | undefined): boolean {
  return readAt === undefined || Date.parse(readAt) >= openedAt;
}

/** Marks everything as read while somebody is looking at it. */
function useReadMark(): void {
  const isWatched = useIsWatched();
  const {items, unread} = useNotifications();
  const newest = items[0]?.id;
  const isDue = unread > 0 && isWatched;
  useEffect(() => {
    if (isDue && newest !== undefined) markRead({upTo: newest});
  }, [isDue, newest]);
}

function Older({onLast}: {onLast: () => void}) {
  const {t} = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const load = async () => {
    setBusy(true);
    const hasEarlier = await loadOlder();
    setBusy(false);
    // The focused button disappears with the last page.
    if (!hasEarlier) onLast();
  };
  return (
    <Button look="quiet" className={styles.older} aria-disabled={isBusy} onClick={() => void load()}>
      {t('bell.older')}
    </Button>
  );
}
