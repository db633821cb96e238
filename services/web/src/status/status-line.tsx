import type {User} from '@madang/client/client';
import {clsx} from 'clsx';
import {BellOff} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useIsAhead} from '../ui/use-is-ahead.ts';
import styles from './status.module.css';

type StatusLineProps = {user: Pick<User, 'status' | 'dndUntil'>; className?: string | undefined};

/** What a person says they are doing, and whether they do not want to be disturbed. Renders nothing without both. */
export function StatusLine({user: {status, dndUntil}, className}: StatusLineProps) {
  const {t} = useTranslation();
  const isQuiet = useIsAhead(dndUntil);
  const isRunning = useIsAhead(status?.until);
  const shown = status?.until === undefined || isRunning ? status : undefined;
  if (shown === undefined && !isQuiet) return null;
  return (
    <span className={clsx(styles.line, className)} title={shown?.text}>
      {isQuiet && <BellOff size={14} role="img" aria-label={t('availability.quiet')} />}
      {shown?.emoji !== undefined && <span>{shown.emoji}</span>}
      {shown !== undefined && (
        <span dir="auto" className={styles.text}>
          {shown.text}
        </span>
      )}
    </span>
  );
}
