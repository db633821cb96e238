import {useTranslation} from 'react-i18next';
import {signOut} from '../chat/session.ts';
import {useErrorText} from '../i18n/use-error-text.ts';
import {Alert} from '../ui/alert.tsx';
import {Button} from '../ui/button.tsx';
import {useAction} from '../ui/use-action.ts';
import {SessionItems} from './session-items.tsx';
import styles from './profile.module.css';

/** Where the user is signed in. Signs out here, on another device, or on all. */
export function DeviceSection() {
  const {t} = useTranslation();
  const errorText = useErrorText();
  const {run, isBusy, error} = useAction(signOut);
  return (
    <section className={styles.section} aria-label={t('profile.sessions')}>
      <h2>{t('profile.sessions')}</h2>
      {error !== undefined && <Alert>{errorText(error)}</Alert>}
      <SessionItems />
      <div className={styles.actions}>
        <Button isBusy={isBusy} onClick={() => void run()}>
          {t('profile.signOutHere')}
        </Button>
        <Button look="danger" isBusy={isBusy} onClick={() => void run(true)}>
          {t('profile.signOutEverywhere')}
        </Button>
      </div>
    </section>
  );
}
