import type {OutboxEntry} from '@madang/client/client';
import {clsx} from 'clsx';
import {Clock} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {mayRetry} from '../../chat/may-retry.ts';
import {discardRefused, retryRefused, type Refused} from '../../chat/refused.ts';
import {useErrorText} from '../../i18n/use-error-text.ts';
import {Button} from '../../ui/button.tsx';
import {useLook} from './look.ts';
import {Row} from './row.tsx';
import {OwnSender} from './sender.tsx';
import styles from './message.module.css';

/** The user's own message that is not in the log yet. */
export function PendingView({entry, isFirst}: {entry: OutboxEntry; isFirst: boolean}) {
  const {t} = useTranslation();
  const look = useLook();
  const label = entry.attempts > 0 || entry.state === 'queued' ? t('room.queued') : t('room.sending');
  return (
    <Row isMine isFirst={isFirst}>
      {isFirst && <OwnSender />}
      <div className={look['line']}>
        <div className={clsx(styles.bubble, look['bubble'], styles.pending)}>
          <div dir="auto" className={styles.text}>
            {entry.text ?? t('room.picture')}
          </div>
        </div>
        <Clock className={styles.clock} size={14} role="img" aria-label={label} />
      </div>
    </Row>
  );
}

/** The user's own message that the server refused, with the reason and the possible actions. */
export function RefusedView({refused, isFirst}: {refused: Refused; isFirst: boolean}) {
  const {t} = useTranslation();
  const look = useLook();
  const errorText = useErrorText();
  const {entry, error} = refused;
  return (
    <Row isMine isFirst={isFirst} hasOwnStops>
      {isFirst && <OwnSender />}
      <div className={look['line']}>
        <div className={clsx(styles.bubble, look['bubble'], look['refused'])}>
          <div dir="auto" className={styles.text}>
            {entry.text ?? t('room.picture')}
          </div>
        </div>
      </div>
      <p className={clsx(styles.reason, look['reason'])}>{t('room.refused', {reason: errorText(error)})}</p>
      <div className={clsx(styles.choices, look['choices'])}>
        <Button look="quiet" onClick={() => discardRefused(entry.clientId)}>
          {t('room.discard')}
        </Button>
        {mayRetry(error) && <Button onClick={() => retryRefused(refused)}>{t('tryAgain')}</Button>}
      </div>
    </Row>
  );
}
