import type {Notification} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {Disc} from '../ui/person.tsx';
import {NotificationLink} from './notification-link.tsx';
import {NotificationTime} from './notification-time.tsx';
import {useContent} from './use-content.ts';
import styles from './notification-row.module.css';

type NotificationRowProps = {notification: Notification; isNew: boolean; onFollow: () => void};

/** One notification of the list. A press follows its link. */
export function NotificationRow({notification, isNew, onFollow}: NotificationRowProps) {
  const {t} = useTranslation();
  const {title, text, link, sender} = useContent(notification);
  const content = (
    <>
      <span className={styles.dot} data-new={isNew || undefined}>
        {isNew && <span className="visually-hidden">{t('bell.new')}</span>}
      </span>
      <span dir="auto" className={styles.title}>
        {sender !== undefined && <Disc name={sender.name} color={sender.color} />}
        {title}
      </span>
      <NotificationTime time={notification.createdAt} />
      {text !== undefined && (
        <span dir="auto" className={styles.text}>
          {text}
        </span>
      )}
    </>
  );
  return (
    <li>
      {link === undefined ? (
        <div className={styles.row}>{content}</div>
      ) : (
        <NotificationLink link={link} className={styles.row} onFollow={onFollow}>
          {content}
        </NotificationLink>
      )}
    </li>
  );
}
