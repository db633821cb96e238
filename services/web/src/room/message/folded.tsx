import {useTranslation} from 'react-i18next';
import styles from './message.module.css';

/** A message of somebody whom the user blocks. A press shows it. */
export function Folded({onShow}: {onShow: () => void}) {
  const {t} = useTranslation();
  return (
    <span className={styles.deleted}>
      {t('person.folded')}{' '}
      <button
        type="button"
        className={styles.undo}
        onClick={({currentTarget}) => {
          // The button goes, and the focus stays in the message.
          currentTarget.closest('article')?.focus();
          onShow();
        }}
      >
        {t('person.show')}
      </button>
    </span>
  );
}
