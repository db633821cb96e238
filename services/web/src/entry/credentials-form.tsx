import {limits} from '@madang/protocol/limits';
import {isSignInName} from '@madang/protocol/names';
import {CallError} from '@madang/client/client';
import {useEffect, useRef} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {reasonOf} from '../i18n/error-text.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {TextField} from '../ui/text-field.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './entry.module.css';

type Fault = 'name' | 'password';

/**
 * Name and password, to sign in or to register with; with `keep`, the guest who is here becomes the account. The input
 * stays, whatever the answer.
 */
export function CredentialsForm({mode}: {mode: 'signIn' | 'register' | 'keep'}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const isNew = mode !== 'signIn';
  const {run, isBusy, error} = useAction(async (username: string, password: string) => {
    if (mode === 'signIn') return void (await client.login({username, password}));
    const fault = faultOf(username, password);
    if (fault !== undefined) throw new CallError('invalid', {details: {fault}});
    // A gateway of the previous release refuses a field that it does not know.
    await client.register({username, password, ...(mode === 'keep' && {keep: true})});
  });
  const password = useRef<HTMLDivElement>(null);
  const isWrong = error instanceof CallError && error.code === 'wrong_password';
  useEffect(() => {
    if (isWrong) password.current!.querySelector('input')!.focus();
  }, [isWrong]);
  const fault = faultIn(error);
  const faultText = errorText(error, {
    conflict: 'nameTaken',
    invalid: fault === 'name' ? 'nameInvalid' : 'passwordInvalid',
  });

  return (
    <form
      className={styles.fields}
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        void run(String(data.get('username')).normalize('NFC').trim(), String(data.get('password')));
      }}
    >
      {error !== undefined && fault === undefined && (
        <Alert>{errorText(error, {wrong_password: 'wrongCredentials', invalid: 'wrongCredentials'})}</Alert>
      )}
      <TextField
        label={t('entry.username')}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus={mode !== 'keep'}
        maxLength={limits.usernameChars}
        hint={isNew ? t('entry.usernameHint') : undefined}
        error={fault === 'name' ? faultText : undefined}
      />
      <div ref={password}>
        <TextField
          label={t('entry.password')}
          name="password"
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          maxLength={limits.passwordChars}
          hint={isNew ? t('entry.passwordHint') : undefined}
          error={fault === 'password' ? faultText : undefined}
        />
      </div>
      <Button type="submit" look="primary" isBusy={isBusy}>
        {t(isNew ? 'entry.registerButton' : 'entry.signIn')}
      </Button>
    </form>
  );
}

/** Returns the field whose correction can resolve a refusal, or undefined if none can. */
function faultIn(error: unknown): unknown {
  if (reasonOf(error) === 'guessable_password') return 'password';
  if (!(error instanceof CallError)) return undefined;
  return error.code === 'conflict' ? 'name' : error.details?.fault;
}

function faultOf(username: string, password: string): Fault | undefined {
  const {length} = Array.from(username);
  if (length < limits.usernameMinChars || length > limits.usernameChars || !isSignInName(username))
    return 'name';
  return password.length < limits.passwordMinChars ? 'password' : undefined;
}
