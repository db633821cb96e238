import {useTranslation} from 'react-i18next';
import {Link, useSearch} from 'wouter';
import {client} from '../chat/client.ts';
import {LanguageSwitch} from '../i18n/language-switch.tsx';
import {useErrorText} from '../i18n/use-error-text.ts';
import {usePageTitle} from '../shell/page-title.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {useAction} from '../ui/use-action.ts';
import {Brand} from './brand.tsx';
import {CredentialsForm} from './credentials-form.tsx';
import {EndedNote} from './ended-note.tsx';
import {Providers} from './providers.tsx';
import styles from './entry.module.css';

/** Signing in and registering: the same form, with a link from one to the other. */
export function SignInPage({mode}: {mode: 'signIn' | 'register'}) {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const search = useSearch();
  const guest = useAction(async () => void (await client.guest()));
  const query = search === '' ? '' : `?${search}`;
  const hasNext = new URLSearchParams(search).has('next');
  usePageTitle(t(`entry.${mode}`));

  return (
    <main className={styles.entry}>
      <header className={styles.top}>
        <Link href="/" className={styles.brandLink}>
          <Brand />
        </Link>
        <LanguageSwitch />
      </header>
      <section className={styles.form}>
        <h1>{t(`entry.${mode}`)}</h1>
        {hasNext && mode === 'signIn' && <p className={styles.note}>{t('entry.continueTo')}</p>}
        <EndedNote />
        <CredentialsForm mode={mode} />
        <Providers />
        <p className={styles.otherWays}>
          {mode === 'signIn' ? (
            <Link href={`/register${query}`}>{t('entry.toRegister')}</Link>
          ) : (
            <Link href={`/sign-in${query}`}>{t('entry.toSignIn')}</Link>
          )}
          <Button look="quiet" isBusy={guest.isBusy} onClick={() => void guest.run()}>
            {t('entry.toGuest')}
          </Button>
        </p>
        {guest.error !== undefined && <Alert>{errorText(guest.error)}</Alert>}
      </section>
    </main>
  );
}
