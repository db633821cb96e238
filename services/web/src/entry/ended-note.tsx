import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {session} from '../chat/session.ts';
import styles from './entry.module.css';

/** Says why someone who was signed in no longer is. */
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
