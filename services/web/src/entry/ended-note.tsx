import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {session} from '../chat/session.ts';
import styles from './entry.module.css';

/** Says why a user is no longer signed in. */
export function EndedNote() {
  const {t} = useTranslation();
  const reason = useStore(session, (state) => state.endedBecause);
  if (reason === undefined) return null;
  return (
    <p role="status" className={styles.note}>
      {t(`entry.ended.${reason}`)}
    </p>
  );
}
