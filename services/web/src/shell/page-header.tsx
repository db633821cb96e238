import {ArrowLeft} from 'lucide-react';
import type {ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {IconButton} from '../ui/button.tsx';
import styles from './page-header.module.css';

/** The header of a page that is not a room. On a phone it leads back to the list. */
export function PageHeader({title, children}: {title: string; children?: ReactNode}) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  return (
    <header className={styles.header}>
      <IconButton className={styles.back} label={t('back')} onClick={() => navigate('/rooms')}>
        <ArrowLeft size={20} />
      </IconButton>
      <h1 className={styles.title}>{title}</h1>
      {children}
    </header>
  );
}
