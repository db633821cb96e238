import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {personOf, presentNames} from '../chat/people.ts';
import {nameKey} from '../chat/shared-names.ts';
import styles from './person.module.css';

/**
 * A user's sign-in name, shown beside a display name that another user has too. Renders nothing if no other user is known
 * to have the same name, or if the sign-in name is unknown; guests have none.
 */
export function SignInName({id, shown}: {id: string; shown: string}) {
  const {t} = useTranslation();
  const user = useStore(presentNames, ({shared}) => (shared.has(nameKey(shown)) ? personOf(id) : undefined));
  if (user === undefined) return null;
  // The space separates the two names in copied text and for screen readers.
  return (
    <>
      {' '}
      <bdi className={styles.signIn}>{user.kind === 'guest' ? t('guest') : user.name}</bdi>
    </>
  );
}
