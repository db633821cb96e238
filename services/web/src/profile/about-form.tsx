import type {User} from '@madang/client/client';
import {limits} from '@madang/protocol/limits';
import {useMay} from '@madang/react';
import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {Disc, nameOf} from '../ui/person.tsx';
import {TextField} from '../ui/text-field.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './profile.module.css';

/** The name and colour that others see. */
export function AboutForm({user}: {user: User}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const mayRename = useMay('rename');
  const [name, setName] = useState(nameOf(user));
  const [color, setColor] = useState(user.color);
  const [isSaved, setSaved] = useState(false);
  const {run, isBusy, error} = useAction(async () => {
    setSaved(false);
    await client.call('user:update', {...(mayRename && {displayName: name}), color});
    setSaved(true);
  });

  return (
    <form
      className={styles.section}
      aria-label={t('profile.about')}
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <div className={styles.self}>
        <Disc name={name || '?'} color={color} size="large" />
        <div>
          <h2 dir="auto">{nameOf(user)}</h2>
          <p className={styles.lead}>
            <bdi>{user.kind === 'guest' ? t('guest') : user.name}</bdi>
          </p>
        </div>
      </div>
      {error !== undefined && (
        <Alert>{errorText(error, {invalid: 'displayNameInvalid', conflict: 'nameTaken'})}</Alert>
      )}
      {mayRename && (
        <TextField
          label={t('profile.displayName')}
          hint={t('profile.displayNameHint')}
          value={name}
          required
          maxLength={limits.displayNameChars}
          onChange={(event) => setName(event.target.value)}
        />
      )}
      <TextField
        label={t('profile.color')}
        type="color"
        value={color}
        onChange={(event) => setColor(event.target.value)}
      />
      <div className={styles.actions}>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t('save')}
        </Button>
        <span role="status">{isSaved && t('saved')}</span>
      </div>
    </form>
  );
}
