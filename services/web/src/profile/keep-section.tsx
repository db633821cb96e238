import {useTranslation} from 'react-i18next';
import {CredentialsForm} from '../entry/credentials-form.tsx';
import styles from './profile.module.css';

/** For guests: a name and a password keep what they have here. */
export function KeepSection() {
  const {t} = useTranslation();
  return (
    <section className={styles.section} aria-label={t('profile.keep')}>
      <h2>{t('profile.keep')}</h2>
      <p className={styles.lead}>{t('profile.guestLead')}</p>
      <CredentialsForm mode="keep" />
    </section>
  );
}
