import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {personOf, presentNames} from '../chat/people.ts';
import {nameKey} from '../chat/shared-names.ts';
import styles from './person.module.css';

/**
 * What someone signs in with, to stand beside a shown name that somebody else has too. Nothing where nobody else is known to
 * have it, or where one's sign-in name is not known; guests sign in with none.
 */
export function SignInName({id, shown}: {id: string; shown: string}) {
  const {t} = useTranslation();
  const user = useStore(presentNames, ({shared}) => (shared.has(nameKey(shown)) ? personOf(id) : undefined));
  if (user === undefined) return null;
  // The blank keeps the two apart where they are read out or copied.
  return (
    <>
      {' '}
      <bdi className={styles.signIn}>{user.kind === 'guest' ? t('guest') : user.name}</bdi>
    </>
  );
}
