import {newClientId} from '@madang/client/client-id';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {client} from '../chat/client.ts';
import {session} from '../chat/session.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {Checkbox} from '../ui/checkbox.tsx';
import {Dialog} from '../ui/dialog.tsx';
import form from '../ui/form.module.css';
import {useAction} from '../ui/use-action.ts';
import {CapacityField, PasswordField, roomIn, TitleField} from '../room/room-fields.tsx';
import {roomAddress} from '../shell/room-address.ts';

type CreateRoomDialogProps = {visibility: 'public' | 'private'; onClose: () => void};

/** Creates a public room, or a group to which the user adds people. The creator then enters it. */
export default function CreateRoomDialog({visibility, onClose}: CreateRoomDialogProps) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const isGuest = useStore(session, ({user}) => user?.kind === 'guest');
  // One id for all attempts: a retry after a lost answer finds the room instead of creating a second one.
  const [clientId] = useState(newClientId);
  const {run, isBusy, error} = useAction(async (data: FormData) => {
    const {room} = await client.call('room:create', {
      ...roomIn(data),
      visibility,
      clientId,
      ...(isGuest || visibility === 'private' ? {} : {ephemeral: data.get('keep') === null}),
    });
    onClose();
    navigate(roomAddress(room.id));
  });

  return (
    <Dialog title={t(`create.${visibility}`)} isOpen onClose={onClose}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          void run(new FormData(event.currentTarget));
        }}
      >
        {error !== undefined && <Alert>{errorText(error, {invalid: 'titleInvalid'})}</Alert>}
        <TitleField />
        <CapacityField />
        {visibility === 'public' && <PasswordField />}
        {visibility === 'public' && !isGuest && (
          <Checkbox label={t('create.keep')} hint={t('create.keepHint')} name="keep" defaultChecked />
        )}
        {isGuest && <p className={form.note}>{t('create.guestHint')}</p>}
        <div className={form.actions}>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('create.button')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
