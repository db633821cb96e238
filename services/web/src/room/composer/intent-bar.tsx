import {X} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {IconButton} from '../../ui/button.tsx';
import type {Intent} from './intent.ts';
import styles from './composer.module.css';

/** Shows which message is being answered or edited, and cancels that. */
export function IntentBar({intent, onCancel}: {intent: Intent; onCancel: () => void}) {
  const {t} = useTranslation();
  if (intent.kind === 'new') return null;
  const isReply = intent.kind === 'reply';
  return (
    <div className={styles.intent}>
      <p>
        <strong>{isReply ? t('room.replyTo', {name: intent.message.sender.name}) : t('room.editing')}</strong>
        <span dir="auto">{intent.message.text}</span>
      </p>
      <IconButton label={isReply ? t('room.cancelReply') : t('room.cancelEdit')} onClick={onCancel}>
        <X size={18} />
      </IconButton>
    </div>
  );
}
