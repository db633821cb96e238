import {useTranslation} from 'react-i18next';
import styles from './composer.module.css';

/** Stands where one would write, if the product let everybody write here. */
export function ReadOnlyNote() {
  const {t} = useTranslation();
  return (
    <p role="status" className={styles.muted}>
      {t('room.readOnly')}
    </p>
  );
}
