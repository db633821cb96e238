import {LogIn, Sparkles, UserPlus} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useLocation, useSearch} from 'wouter';
import {client} from '../chat/client.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {LanguageSwitch} from '../i18n/language-switch.tsx';
import {usePageTitle} from '../shell/page-title.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {useAction} from '../ui/use-action.ts';
import {Brand} from './brand.tsx';
import {EndedNote} from './ended-note.tsx';
import styles from './entry.module.css';

/** Three ways to enter, side by side. */
export function EntryPage() {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const search = useSearch();
  const guest = useAction(async () => void (await client.guest()));
  const query = search === '' ? '' : `?${search}`;
  usePageTitle(undefined);

  return (
    <main className={styles.entry}>
      <header className={styles.top}>
        <Brand />
        <LanguageSwitch />
      </header>
      <div className={styles.welcome}>
        <h1>{t('entry.title')}</h1>
        <p>{t('entry.lead')}</p>
        <EndedNote />
      </div>
      <ul className={styles.ways}>
        <li className={styles.way}>
          <Sparkles size={24} aria-hidden />
          <h2>{t('entry.guest')}</h2>
          <p>{t('entry.guestLead')}</p>
          {guest.error !== undefined && <Alert>{errorText(guest.error)}</Alert>}
          <Button look="primary" isBusy={guest.isBusy} onClick={() => void guest.run()}>
            {t('entry.guestButton')}
          </Button>
        </li>
        <li className={styles.way}>
          <LogIn size={24} aria-hidden />
          <h2>{t('entry.signIn')}</h2>
          <p>{t('entry.signInLead')}</p>
          <Button onClick={() => navigate(`/sign-in${query}`)}>{t('entry.signIn')}</Button>
        </li>
        <li className={styles.way}>
          <UserPlus size={24} aria-hidden />
          <h2>{t('entry.register')}</h2>
          <p>{t('entry.registerLead')}</p>
          <Button onClick={() => navigate(`/register${query}`)}>{t('entry.registerButton')}</Button>
        </li>
      </ul>
    </main>
  );
}
