import {clsx} from 'clsx';
import {useTranslation} from 'react-i18next';
import {isFolded} from '../../chat/blocked.ts';
import {ColoredName} from '../../ui/person.tsx';
import {useConversation} from '../composer/intent.ts';
import {useLook} from './look.ts';
import {useMessage} from './use-message.ts';
import styles from './message.module.css';

/** The message that this one answers. A press leads there. */
export function Quote({roomId, seq}: {roomId: string; seq: number}) {
  const {t} = useTranslation();
  const {jumpTo} = useConversation();
  const look = useLook();
  const message = useMessage(roomId, seq);
  const isGone = message === undefined || message.deletedAt !== undefined;
  if (isGone) return <span className={clsx(styles.quote, look['quote'])}>{t('room.quoteGone')}</span>;
  const {sender, text, attachments} = message;
  return (
    <button type="button" className={clsx(styles.quote, look['quote'])} onClick={() => jumpTo(seq)}>
      <span className="visually-hidden">{t('room.jumpTo', {name: sender.name})}</span>
      <ColoredName color={sender.color}>{sender.name}</ColoredName>
      <span dir="auto" className={styles.quoted}>
        {isFolded(message) ? t('person.folded') : text || attachments.map(({name}) => name).join(', ')}
      </span>
    </button>
  );
}
