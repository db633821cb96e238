import type {LeaveReason} from '@madang/client/client';
import {DoorClosed} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {forgetEnded} from '../chat/ended.ts';
import {MessagePage} from '../errors/message-page.tsx';
import {PageHeader} from '../shell/page-header.tsx';
import {Button} from '../ui/button.tsx';
import styles from './door.module.css';

/** Says why the conversation one was in is over. */
export function EndedRoom({roomId, reason}: {roomId: string; reason: LeaveReason}) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  const mayReturn = reason === 'left' || reason === 'removed';
  return (
    <div className={styles.page}>
      <PageHeader title="" />
      <div role="alert">
        <MessagePage
          picture={<DoorClosed size={32} />}
          title={t(`room.ended.${reason}`)}
          lead={t(`room.endedLead.${reason}`)}
        >
          <div className={styles.actions}>
            {mayReturn && <Button onClick={() => forgetEnded(roomId)}>{t('room.enterAgain')}</Button>}
            <Button look="primary" onClick={() => navigate('/lobby')}>
              {t('room.toLobby')}
            </Button>
          </div>
        </MessagePage>
      </div>
    </div>
  );
}
