import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import form from '../ui/form.module.css';
import {useAction} from '../ui/use-action.ts';

/** Ends a room for everyone, after a second press. */
export function CloseRoom({roomId}: {roomId: string}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [isAsked, setAsked] = useState(false);
  const {run, isBusy, error} = useAction(async () => void (await client.call('room:close', {roomId})));
  return (
    <div className={form.form}>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      {isAsked && <p role="status">{t('room.closeRoomLead')}</p>}
      <Button look="danger" isBusy={isBusy} onClick={() => (isAsked ? void run() : setAsked(true))}>
        {t('room.closeRoom')}
      </Button>
    </div>
  );
}
