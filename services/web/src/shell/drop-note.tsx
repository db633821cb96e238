import {X} from 'lucide-react';
import {useEffect} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {IconButton} from '../ui/button.tsx';
import {misplacedDrop} from './drop-guard.ts';
import styles from './drop-note.module.css';

const shownMs = 8_000;
const forget = () => misplacedDrop.setState({isTold: false});

/** Says where things can be dropped, after a drop in the wrong place. */
export function DropNote() {
  const {t} = useTranslation();
  const {isTold} = useStore(misplacedDrop);
  useEffect(() => {
    if (!isTold) return;
    const timer = setTimeout(forget, shownMs);
    return () => clearTimeout(timer);
  }, [isTold]);
  if (!isTold) return null;
  return (
    <div role="alert" className={styles.note}>
      <p>{t('drop.elsewhere')}</p>
      <IconButton label={t('close')} onClick={forget}>
        <X size={18} />
      </IconButton>
    </div>
  );
}
