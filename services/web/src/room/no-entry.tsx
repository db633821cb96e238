import {DoorClosed} from 'lucide-react';
import type {ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {MessagePage} from '../errors/message-page.tsx';
import {PageHeader} from '../shell/page-header.tsx';
import {Button} from '../ui/button.tsx';
import styles from './door.module.css';

/** Shown instead of a room that the user is not in. A link to the lobby follows the other links. */
export function NoEntry({title, lead, children}: {title: string; lead?: string; children: ReactNode}) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  return (
    <div className={styles.page}>
      <PageHeader title="" />
      <div role="alert">
        <MessagePage picture={<DoorClosed size={32} />} title={title} {...(lead !== undefined && {lead})}>
          <div className={styles.actions}>
            {children}
            <Button look="primary" onClick={() => navigate('/lobby')}>
              {t('room.toLobby')}
            </Button>
          </div>
        </MessagePage>
      </div>
    </div>
  );
}
