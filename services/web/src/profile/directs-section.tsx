import type {User} from '@madang/client/client';
import {useTranslation} from 'react-i18next';
import {client} from '../chat/client.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Choices} from '../ui/choices.tsx';
import {useAction} from '../ui/use-action.ts';
import styles from './profile.module.css';

const answers = ['everyone', 'request', 'nobody'] as const;

/** Chooses whether people who share only default rooms with the user may whisper to them. */
export function DirectsSection({user}: {user: User}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const chosen = user.directs ?? (user.kind === 'guest' ? 'request' : 'everyone');
  const {run, error} = useAction(async (directs: (typeof answers)[number]) => {
    await client.call('user:update', {directs});
  });
  return (
    <section className={styles.section} aria-label={t('profile.directs')}>
      <h2>{t('profile.directs')}</h2>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <Choices
        legend={t('profile.directsLead')}
        options={answers.map((value) => ({value, label: t(`profile.directsOf.${value}`)}))}
        value={chosen}
        choose={(value) => void run(value)}
      />
    </section>
  );
}
