import type {LeaveReason} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {forgetEnded} from '../chat/ended.ts';
import {Button} from '../ui/button.tsx';
import {NoEntry} from './no-entry.tsx';

/** Says why the user is no longer in the conversation. */
export function EndedRoom({roomId, reason}: {roomId: string; reason: LeaveReason}) {
  const {t} = useTranslation();
  const mayReturn = reason === 'left' || reason === 'removed';
  return (
    <NoEntry title={t(`room.ended.${reason}`)} lead={t(`room.endedLead.${reason}`)}>
      {mayReturn && <Button onClick={() => forgetEnded(roomId)}>{t('room.enterAgain')}</Button>}
    </NoEntry>
  );
}
