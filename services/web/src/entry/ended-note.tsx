import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {session} from '../chat/session.ts';
import styles from './entry.module.css';

const known = ['other_tab', 'signed_out', 'revoked', 'expired', 'replaced'] as const;

/** Says why someone who was signed in no longer is. */
export function EndedNote() {
  const {t} = useTranslation();
  const endedBecause = useStore(session, (state) => state.endedBecause);
  const reason = known.find((name) => name === endedBecause);
  if (reason === undefined) return null;
  return (
    <p role="status" className={styles.note}>
      {t(`entry.ended.${reason}`)}
    </p>
  );
}
