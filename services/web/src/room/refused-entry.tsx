import {CallError} from '@madang/client/client';
import {DoorClosed} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {MessagePage} from '../errors/message-page.tsx';
import {reasonOf} from '../i18n/error-text.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {PageHeader} from '../shell/page-header.tsx';
import {Button} from '../ui/button.tsx';
import styles from './door.module.css';

/** Says why a room cannot be entered. */
export function RefusedEntry({error, onRetry}: {error: unknown; onRetry: () => void}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const isNameInTheWay = reasonOf(error) === 'staff_name';
  const mayRetry = error instanceof CallError && (error.retryable || error.code === 'room_full');
  return (
    <div className={styles.page}>
      <PageHeader title="" />
      <div role="alert">
        <MessagePage
          picture={<DoorClosed size={32} />}
          title={errorText(error, {not_found: 'noRoom', invalid: 'noRoom', staff_name: 'staffNameHere'})}
        >
          <div className={styles.actions}>
            {mayRetry && <Button onClick={onRetry}>{t('tryAgain')}</Button>}
            {isNameInTheWay && <Button onClick={() => navigate('/profile')}>{t('nav.profile')}</Button>}
            <Button look="primary" onClick={() => navigate('/lobby')}>
              {t('room.toLobby')}
            </Button>
          </div>
        </MessagePage>
      </div>
    </div>
  );
}
