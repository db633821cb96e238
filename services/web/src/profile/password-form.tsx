import {CallError} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useRef, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {TextField} from '../ui/text-field.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './profile.module.css';

/** Sets a new password. It asks for the current one, and signs every other device out. */
export function PasswordForm() {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const form = useRef<HTMLFormElement>(null);
  const [isSaved, setSaved] = useState(false);
  const {run, isBusy, error} = useAction(async () => {
    setSaved(false);
    const data = new FormData(form.current!);
    const password = {current: String(data.get('current')), next: String(data.get('next'))};
    await client.call('user:update', {password});
    form.current!.reset();
    setSaved(true);
  });

  const isWrong = error instanceof CallError && error.code === 'wrong_password';

  return (
    <form
      ref={form}
      className={styles.section}
      aria-label={t('profile.password')}
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <h2>{t('profile.password')}</h2>
      {error !== undefined && !isWrong && <Alert>{errorText(error, {invalid: 'passwordInvalid'})}</Alert>}
      <TextField
        label={t('profile.currentPassword')}
        name="current"
        type="password"
        autoComplete="current-password"
        required
        maxLength={limits.passwordChars}
        error={isWrong ? errorText(error, {wrong_password: 'currentPassword'}) : undefined}
      />
      <TextField
        label={t('profile.newPassword')}
        name="next"
        type="password"
        autoComplete="new-password"
        required
        minLength={limits.passwordMinChars}
        maxLength={limits.passwordChars}
        hint={t('entry.passwordHint')}
      />
      <div className={styles.actions}>
        <Button type="submit" isBusy={isBusy}>
          {t('profile.changePassword')}
        </Button>
        <span role="status">{isSaved && t('profile.passwordSaved')}</span>
      </div>
    </form>
  );
}
