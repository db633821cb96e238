import {useTranslation} from 'react-i18next';
import styles from './composer.module.css';

/** Shown instead of the composer if the product does not let everybody write here. */
export function ReadOnlyNote() {
  const {t} = useTranslation();
  return (
    <p role="status" className={styles.muted}>
      {t('room.readOnly')}
    </p>
  );
}
