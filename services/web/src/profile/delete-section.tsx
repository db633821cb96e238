import {CallError} from '@madang/client/client';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {signOut} from '../chat/session.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {TextField} from '../ui/text-field.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './profile.module.css';

/** Deletes the account. It asks for the password and a second press. */
export function DeleteSection({hasPassword}: {hasPassword: boolean}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [isAsked, setAsked] = useState(false);
  const [password, setPassword] = useState('');
  const {run, isBusy, error} = useAction(async () => {
    await client.http('DELETE', '/me', password === '' ? {} : {password});
    await signOut();
  });
  const isWrong = error instanceof CallError && error.code === 'wrong_password';
  return (
    <form
      className={styles.section}
      aria-label={t('profile.delete')}
      onSubmit={(event) => {
        event.preventDefault();
        if (isAsked) void run();
        else setAsked(true);
      }}
    >
      <h2>{t('profile.delete')}</h2>
      <p className={styles.lead}>{t('profile.deleteLead')}</p>
      {error !== undefined && !isWrong && <Alert>{errorText(error)}</Alert>}
      {isAsked && hasPassword && (
        <TextField
          label={t('profile.currentPassword')}
          type="password"
          autoComplete="current-password"
          autoFocus
          error={isWrong ? errorText(error, {wrong_password: 'currentPassword'}) : undefined}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      )}
      <div className={styles.actions}>
        <Button type="submit" look="danger" isBusy={isBusy}>
          {isAsked ? t('profile.deleteConfirm') : t('profile.deleteButton')}
        </Button>
        {isAsked && <Button onClick={() => setAsked(false)}>{t('cancel')}</Button>}
      </div>
    </form>
  );
}
