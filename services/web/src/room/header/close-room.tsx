import {lazy, Suspense, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {Button} from '../../ui/button.tsx';
import form from '../../ui/form.module.css';

const ConfirmDialog = lazy(() => import('../../ui/confirm-dialog.tsx'));

/** Closes a room for everyone after a confirmation. It is separate from the button that saves the settings. */
export function CloseRoom({roomId, title}: {roomId: string; title: string}) {
  const {t} = useTranslation();
  const [isAsked, setAsked] = useState(false);
  return (
    <div className={form.apart}>
      <Button look="danger" onClick={() => setAsked(true)}>
        {t('room.closeRoom')}
      </Button>
      {isAsked && (
        <Suspense>
          <ConfirmDialog
            question={{
              title: t('room.askClose', {title}),
              lead: t('room.closeRoomLead'),
              action: t('room.closeRoom'),
              act: () => client.call('room:close', {roomId}),
            }}
            onClose={() => setAsked(false)}
          />
        </Suspense>
      )}
    </div>
  );
}
