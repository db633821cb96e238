import {CallError, type Room} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {client} from '../chat/client.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Button} from '../ui/button.tsx';
import {Dialog} from '../ui/dialog.tsx';
import form from '../ui/form.module.css';
import {TextField} from '../ui/text-field.tsx';
import {useAction} from '../ui/use-action.ts';

type PasswordDialogProps = {
  room: Room;
  /** The room cannot be entered, whatever the password. */
  onRefused: (error: unknown) => void;
};

/** Asks for a room's password. A wrong password is reported here, and can be corrected here. */
export default function PasswordDialog({room, onRefused}: PasswordDialogProps) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const [password, setPassword] = useState('');
  const {run, isBusy, error} = useAction(async () => {
    try {
      await client.call('room:join', {roomId: room.id, password});
    } catch (caught) {
      if (isAboutPassword(caught)) throw caught;
      onRefused(caught);
    }
  });

  return (
    <Dialog title={room.title} isOpen onClose={() => navigate('/lobby')}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextField
          label={t('room.password')}
          type="password"
          autoComplete="off"
          required
          autoFocus
          maxLength={limits.passwordChars}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          error={error === undefined ? undefined : errorText(error)}
        />
        <div className={form.actions}>
          <Button onClick={() => navigate('/lobby')}>{t('cancel')}</Button>
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('room.enter')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Whether it makes sense to try again here, with this password or another one. */
function isAboutPassword(error: unknown): boolean {
  return error instanceof CallError && (error.code === 'wrong_password' || error.retryable);
}
